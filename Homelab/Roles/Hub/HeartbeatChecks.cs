using Homelab.Domain.Models;

namespace Homelab.Roles.Hub;

/// <summary>The bounds of what a heartbeat may say, field by field. What is out of them is noted by the field's name and replaced by something harmless, so that
/// the reader need not stop at each.</summary>
internal sealed class HeartbeatChecks
{
    /// <summary>Of a name, in characters.</summary>
    public const int LongestText = 256;

    /// <summary>Of anything that is counted one by one.</summary>
    public const int MostCount = 1_000_000;

    /// <summary>Of memory; also the last number that every JSON reader knows exactly.</summary>
    public const long MostBytes = 1L << 53;

    /// <summary>A year; longer ages and times are cut to it.</summary>
    private const double LongestSeconds = 366 * 86_400d;

    /// <summary>Which field is wrong, and how; null while none is.</summary>
    public string? Problem { get; private set; }

    public ModelName Model(string? text, string field)
    {
        if (text is { Length: <= LongestText } && ModelName.TryParse(text, out var name))
        {
            return name;
        }

        Refuse(field, "must be a model's name");
        return ModelName.Parse("none");
    }

    public ByteSize Bytes(long bytes, string field)
    {
        Need(bytes is >= 0 and <= MostBytes, field, "must be a number of bytes from 0 to 2^53");
        return new ByteSize(Math.Clamp(bytes, 0, MostBytes));
    }

    public int Count(int count, string field)
    {
        Need(count is >= 0 and <= MostCount, field, $"must be a number from 0 to {MostCount}");
        return Math.Clamp(count, 0, MostCount);
    }

    public TimeSpan Seconds(double seconds, string field)
    {
        Need(double.IsFinite(seconds) && seconds >= 0, field, "must be a number of seconds");
        return TimeSpan.FromSeconds(double.IsFinite(seconds) ? Math.Clamp(seconds, 0, LongestSeconds) : 0);
    }

    public double? Rate(double? rate, string field)
    {
        Need(rate is null || (double.IsFinite(rate.Value) && rate > 0), field, "must be a positive number");
        return Problem is null ? rate : null;
    }

    /// <summary>Tokens of context; null where the node does not say.</summary>
    public int? Context(int? tokens, string field)
    {
        Need(tokens is null or > 0, field, "must be a positive number");
        return tokens;
    }

    /// <summary>Must be there, and short.</summary>
    public void Text(string? text, string field)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            Refuse(field, "is missing");
        }
        else
        {
            Need(text.Length <= LongestText, field, $"must be at most {LongestText} characters");
        }
    }

    public void Need(bool holds, string field, string wrong)
    {
        if (!holds)
        {
            Refuse(field, wrong);
        }
    }

    /// <summary>The first problem is the one that is told.</summary>
    public void Refuse(string field, string wrong) => Problem ??= $"{field} {wrong}";
}
