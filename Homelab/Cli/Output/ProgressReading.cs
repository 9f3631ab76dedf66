using Homelab.Contracts;

namespace Homelab.Cli.Output;

/// <summary>How far a long command is.</summary>
/// <param name="Step">The report as it came.</param>
/// <param name="Fraction">0 to 1; null where it cannot be told.</param>
/// <param name="BytesPerSecond">Null where nothing is being moved or nothing was measured yet.</param>
/// <param name="Remaining">Null where it cannot be told.</param>
internal sealed record ProgressReading(ProgressWire Step, double? Fraction, double? BytesPerSecond, TimeSpan? Remaining)
{
    private const int BarWidth = 28;

    /// <summary>What is being done, in a few words.</summary>
    public string Activity => Step.Status is { Length: > 0 } status ? status : Step.Phase;

    /// <summary>Amounts, rate and time left, as far as they are known.</summary>
    public string Facts => string.Join(", ", Words());

    /// <summary>As a bar for a terminal.</summary>
    public Cell ToBar(string title)
    {
        var cell = Cell.Of(title + " ", Tone.Strong);
        if (Fraction is { } fraction)
        {
            var done = (int)(fraction * BarWidth);
            cell = cell.Then(new string('█', done), Tone.Good).Then(new string('░', BarWidth - done), Tone.Muted).Then($" {Units.Percent(fraction),5} ");
        }

        var facts = Facts;
        return cell.Then(Activity, Tone.Muted).Then(facts.Length > 0 ? "  " + facts : "");
    }

    private IEnumerable<string> Words()
    {
        if (Step is { CompletedBytes: { } done, TotalBytes: > 0 and var total })
        {
            yield return $"{Units.Bytes(done)} of {Units.Bytes(total)}";
        }

        if (BytesPerSecond is > 0 and var rate)
        {
            yield return Units.Rate(rate);
        }

        if (Remaining is { } left && !Step.Done)
        {
            yield return Units.Span(left) + " left";
        }
    }
}
