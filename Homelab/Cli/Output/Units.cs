using System.Globalization;
using Homelab.Domain.Models;

namespace Homelab.Cli.Output;

/// <summary>Quantities as people read them.</summary>
internal static class Units
{
    /// <summary><c>4.9 GiB</c></summary>
    public static string Bytes(long bytes) => new ByteSize(bytes).ToString();

    /// <summary><c>85.2 MiB/s</c></summary>
    public static string Rate(double bytesPerSecond) => Bytes((long)bytesPerSecond) + "/s";

    /// <summary><c>0.4s</c>, <c>12s</c>, <c>3m 20s</c>, <c>2h 5m</c>, <c>3d 4h</c>: the two largest units.</summary>
    public static string Span(TimeSpan span)
    {
        var seconds = Math.Max(0, span.TotalSeconds);
        return seconds switch
        {
            < 0.05 => "0s",
            < 10 => Number(seconds, "0.#") + "s",
            < 60 => Number(seconds, "0") + "s",
            < 3600 => Pair(seconds, 60, "m", "s"),
            < 86_400 => Pair(seconds / 60, 60, "h", "m"),
            _ => Pair(seconds / 3600, 24, "d", "h"),
        };
    }

    public static string Seconds(double seconds) => Span(TimeSpan.FromSeconds(Math.Clamp(double.IsFinite(seconds) ? seconds : 0, 0, 1e9)));

    /// <summary><c>now</c>, <c>12s ago</c>, <c>2m ago</c>, <c>3h ago</c>, <c>5d ago</c>: the largest unit.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now) => (now - then).TotalSeconds switch
    {
        < 2 => "now",
        < 60 and var s => $"{(int)s}s ago",
        < 3600 and var s => $"{(int)(s / 60)}m ago",
        < 86_400 and var s => $"{(int)(s / 3600)}h ago",
        var s => $"{(int)(s / 86_400)}d ago",
    };

    /// <summary><c>43 %</c></summary>
    public static string Percent(double fraction) => Number(Math.Floor(Math.Clamp(fraction, 0, 1) * 100), "0") + " %";

    /// <summary><c>1 model</c>, <c>2 models</c></summary>
    public static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary><c>0.1.0+abc1234</c>: a commit in its first seven digits.</summary>
    public static string Version(string version)
    {
        const int digits = 7;
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus >= 0 && version.Length > plus + 1 + digits ? version[..(plus + 1 + digits)] : version;
    }

    private static string Pair(double amount, int factor, string large, string small)
    {
        var (whole, rest) = Math.DivRem((long)amount, factor);
        return rest == 0 ? $"{whole}{large}" : $"{whole}{large} {rest}{small}";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
