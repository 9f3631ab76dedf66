using System.Buffers;
using System.Globalization;

namespace Homelab.Engines.Simulated;

/// <summary>Reads the durations of <c>keep_alive</c> as Go's <c>time.ParseDuration</c> does, error texts included.</summary>
internal static class GoDuration
{
    /// <summary>What a negative time becomes: for ever.</summary>
    public static readonly TimeSpan Forever = TimeSpan.MaxValue;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>The duration, or why not.</summary>
    public static bool TryParse(string text, out TimeSpan duration, out string error)
    {
        duration = default;
        error = $"time: invalid duration \"{text}\"";
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+"))
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            var number = digits < 0 ? rest : rest[..digits];
            if (number.IsEmpty || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            rest = rest[number.Length..];
            var letters = rest.IndexOfAny(Digits);
            var unit = letters < 0 ? rest : rest[..letters];
            if (unit.IsEmpty)
            {
                error = $"time: missing unit in duration \"{text}\"";
                return false;
            }

            var factor = unit switch { "ns" => 1e-9, "us" or "µs" => 1e-6, "ms" => 1e-3, "s" => 1, "m" => 60, "h" => 3600, _ => double.NaN };
            if (double.IsNaN(factor))
            {
                error = $"time: unknown unit \"{unit}\" in duration \"{text}\"";
                return false;
            }

            seconds += value * factor;
            rest = rest[unit.Length..];
        }

        duration = FromSeconds(negative ? -seconds : seconds);
        return true;
    }

    /// <summary>Negative, or more than a .NET time can hold: for ever.</summary>
    public static TimeSpan FromSeconds(double seconds) =>
        seconds < 0 || seconds > 9e9 ? Forever : TimeSpan.FromSeconds(seconds);
}
