using System.Buffers;
using System.Globalization;

namespace Homelab.Configuration;

/// <summary>A length of time as users write it: <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>250ms</c>, <c>2d</c>, <c>0s</c> or <c>0</c>.</summary>
internal readonly record struct Duration(TimeSpan Value)
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz");

    public static Duration FromSeconds(double seconds) => new(TimeSpan.FromSeconds(seconds));

    public static Duration FromMinutes(double minutes) => new(TimeSpan.FromMinutes(minutes));

    /// <summary>Reads the text; false for anything else, for negative values and for more than a year.</summary>
    public static bool TryParse(string? text, out Duration duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        if (rest is "0")
        {
            return true;
        }

        var total = TimeSpan.Zero;
        var isEmpty = rest.IsEmpty;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e9)
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAnyExcept(Letters);
            var unit = letters < 0 ? rest : rest[..letters];
            var factor = unit switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86_400, _ => double.NaN };
            if (double.IsNaN(factor) || number * factor > 366d * 86_400)
            {
                return false;
            }

            total += TimeSpan.FromSeconds(number * factor);
            rest = rest[unit.Length..];
        }

        duration = new Duration(total);
        return !isEmpty && total <= TimeSpan.FromDays(366);
    }

    /// <summary>In the same form, largest unit first.</summary>
    public override string ToString()
    {
        if (Value == TimeSpan.Zero)
        {
            return "0";
        }

        var text = "";
        var rest = Value;
        foreach (var (unit, length) in ((string, TimeSpan)[])[("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)), ("ms", TimeSpan.FromMilliseconds(1))])
        {
            var count = rest.Ticks / length.Ticks;
            if (count > 0)
            {
                text += count.ToString(CultureInfo.InvariantCulture) + unit;
                rest -= length * count;
            }
        }

        return text;
    }
}
