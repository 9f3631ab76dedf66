using System.Globalization;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Figures and lists as they stand in the scheduler's sentences.</summary>
internal static class Phrases
{
    /// <summary>Two units at most: <c>45s</c>, <c>2m</c>, <c>2m 5s</c>, <c>3h 10m</c>.</summary>
    public static string Short(TimeSpan span)
    {
        var seconds = (long)Math.Round(Math.Max(0, span.TotalSeconds));
        var (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        return (hours, minutes, rest) switch
        {
            (0, 0, _) => $"{rest}s",
            (0, _, 0) => $"{minutes}m",
            (0, _, _) => $"{minutes}m {rest}s",
            (_, 0, _) => $"{hours}h",
            _ => $"{hours}h {minutes}m",
        };
    }

    /// <summary><c>a</c>, <c>a and b</c>, <c>a, b and c</c>.</summary>
    public static string List(IEnumerable<ModelName> models)
    {
        var names = models.Select(m => m.Value).ToArray();
        return names.Length < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    /// <summary>What happens to it, as a participle: a model is <c>loaded</c>, an app <c>started</c>.</summary>
    public static string Loaded(ModelName model) => model.IsApp ? "started" : "loaded";

    /// <summary>The opposite.</summary>
    public static string Unloaded(ModelName model) => model.IsApp ? "stopped" : "unloaded";

    /// <summary><c>1 request</c>, <c>3 requests</c>.</summary>
    public static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : string.Create(CultureInfo.InvariantCulture, $"{number} {noun}s");

    /// <summary>The bytes of all devices together.</summary>
    public static ByteSize Sum(IEnumerable<DeviceAllocation> allocation) => new(allocation.Sum(a => a.Bytes.Bytes));

    /// <summary>Seconds as they stand in an event's data.</summary>
    public static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Bytes as they stand in an event's data.</summary>
    public static string Bytes(ByteSize size) => size.Bytes.ToString(CultureInfo.InvariantCulture);
}
