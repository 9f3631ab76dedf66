using System.Buffers;
using System.Globalization;

namespace Homelab.Gateway.Bodies;

/// <summary>Durations as Ollama's <c>keep_alive</c> writes them: Go's <c>1h30m</c>, <c>1.5s</c>, <c>-1m</c>. Negative means for ever.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        var negative = text.StartsWith("-");
        var rest = text.StartsWith("-") || text.StartsWith("+") ? text[1..] : text;
        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        var seconds = 0d;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            rest = rest[digits..];
            var next = rest.IndexOfAny(Digits);
            var unit = next < 0 ? rest : rest[..next];
            var factor = 0d;
            foreach (var (name, length) in Units)
            {
                if (unit.SequenceEqual(name))
                {
                    factor = length;
                }
            }

            if (factor == 0)
            {
                return false;
            }

            seconds += amount * factor;
            rest = rest[unit.Length..];
        }

        value = FromSeconds(negative ? -seconds : seconds);
        return true;
    }

    /// <summary>Bounded on both sides: a keep-alive of centuries is <see cref="TimeSpan.MaxValue"/>.</summary>
    public static TimeSpan FromSeconds(double seconds) => seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue
        : seconds < 0 ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromSeconds(seconds);
}
