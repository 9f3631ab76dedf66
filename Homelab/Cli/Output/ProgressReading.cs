using Homelab.Contracts;

namespace Homelab.Cli.Output;

/// <summary>How far a long command is.</summary>
/// <param name="Step">The report as it came.</param>
/// <param name="Fraction">0 to 1; null where it cannot be told.</param>
/// <param name="BytesPerSecond">Null where nothing is being moved or nothing was measured yet.</param>
/// <param name="Remaining">Null where it cannot be told.</param>
internal sealed record ProgressReading(ProgressWire Step, double? Fraction, double? BytesPerSecond, TimeSpan? Remaining)
{
    private const int LongestBar = 28;
    private const int ShortestBar = 8;

    /// <summary>What is being done, in a few words.</summary>
    public string Activity => Step.Status is { Length: > 0 } status ? status : Step.Phase;

    /// <summary>Amounts, rate and time left, as far as they are known.</summary>
    public string Facts => string.Join(", ", Words());

    /// <summary>As one line with a bar for a terminal so wide. Where not all has room, the engine's words go first, then the bar.</summary>
    public Cell ToBar(string title, int width)
    {
        var cell = Cell.Of(title, Tone.Strong);
        var (facts, percent) = (Facts, "");
        var room = width - title.Length - 1;
        if (Fraction is { } fraction)
        {
            percent = $" {Units.Percent(fraction),5}";
            room -= percent.Length + (facts.Length > 0 ? facts.Length + 2 : 0);
            var bar = Math.Min(LongestBar, room - 1);
            if (bar >= ShortestBar)
            {
                var done = (int)(fraction * bar);
                cell = cell.Then(" ").Then(new string('█', done), Tone.Good).Then(new string('░', bar - done), Tone.Muted);
                room -= bar + 1;
            }
        }
        else
        {
            room -= facts.Length > 0 ? facts.Length + 2 : 0;
        }

        cell = cell.Then(percent).Then(facts.Length > 0 ? "  " + facts : "");
        return room > Activity.Length ? cell.Then("  " + Activity, Tone.Muted) : cell;
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
