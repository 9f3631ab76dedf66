using System.Globalization;
using Homelab.Domain.Models;

namespace Homelab.Apps.Manifests;

/// <summary>How large a file is said to be. Plain digits are exact bytes; with a unit it is a rounded figure, so half of its last digit either
/// way is meant as well: <c>120MiB</c> is anything from 119.5 to 120.5 MiB.</summary>
/// <param name="Lowest">Bytes.</param>
/// <param name="Highest">Bytes, included.</param>
internal readonly record struct ExpectedSize(long Lowest, long Highest)
{
    /// <summary>Whether a file of so many bytes is as it was said.</summary>
    public bool Allows(long bytes) => bytes >= Lowest && bytes <= Highest;

    /// <summary>Reads what <see cref="ByteSize"/> reads.</summary>
    public static bool TryParse(string text, out ExpectedSize size)
    {
        size = default;
        if (!ByteSize.TryParse(text, out var middle))
        {
            return false;
        }

        var number = text.Trim(' ').TrimEnd([.. "TGMKkiB "]);
        var unit = text.Trim(' ')[number.Length..].Trim(' ');
        if (unit.Length is 0 || unit == "B")
        {
            size = new ExpectedSize(middle.Bytes, middle.Bytes);
            return true;
        }

        var point = number.IndexOf('.', StringComparison.Ordinal);
        var half = ByteSize.TryParse("1" + unit, out var one) ? one.Bytes / 2m : 0;
        for (var i = point < 0 ? 0 : number.Length - point - 1; i > 0; i--)
        {
            half /= 10;
        }

        size = new ExpectedSize(Math.Max(0, middle.Bytes - (long)half), middle.Bytes + (long)Math.Ceiling(half));
        return true;
    }

    /// <summary><c>120 MiB</c>, or the exact number of bytes.</summary>
    public override string ToString() => Lowest == Highest
        ? string.Create(CultureInfo.InvariantCulture, $"{Lowest} bytes")
        : new ByteSize(Lowest + ((Highest - Lowest) / 2)).ToString();
}
