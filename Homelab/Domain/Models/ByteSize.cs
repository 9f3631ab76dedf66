using System.Buffers;
using System.Globalization;

namespace Homelab.Domain.Models;

/// <summary>A number of bytes. Written by people as <c>512MiB</c>, <c>24GiB</c> or <c>8GB</c>; printed in binary units.</summary>
internal readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("KB", 1_000), ("B", 1),
    ];

    private const decimal Largest = 1L << 62;

    private static readonly SearchValues<char> InNumber = SearchValues.Create("0123456789.");

    public static ByteSize Zero => default;

    public static ByteSize operator +(ByteSize left, ByteSize right) => new(checked(left.Bytes + right.Bytes));

    public static ByteSize operator -(ByteSize left, ByteSize right) => new(checked(left.Bytes - right.Bytes));

    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;

    public static ByteSize FromMebibytes(long mebibytes) => new(checked(mebibytes * (1L << 20)));

    public static ByteSize FromGibibytes(long gibibytes) => new(checked(gibibytes * (1L << 30)));

    public static ByteSize Max(ByteSize left, ByteSize right) => left > right ? left : right;

    public static ByteSize Min(ByteSize left, ByteSize right) => left < right ? left : right;

    /// <summary>Reads <c>24GiB</c>, <c>1.5 GB</c> or a plain number of bytes; false for anything else, for negative values and for more than 2^62.</summary>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        var rest = text.AsSpan().Trim(' ');
        var factor = 1L;
        foreach (var (suffix, unit) in Units)
        {
            if (rest.EndsWith(suffix, StringComparison.Ordinal))
            {
                factor = unit;
                rest = rest[..^suffix.Length].TrimEnd(' ');
                break;
            }
        }

        // The runtime's parser also takes what is checked here (a NUL at the end), and the product may not fit a decimal.
        if (rest.Length > 40 || rest.ContainsAnyExcept(InNumber)
            || !decimal.TryParse(rest, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > Largest / factor)
        {
            return false;
        }

        size = new ByteSize((long)(number * factor));
        return true;
    }

    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>In the largest binary unit that leaves at least 1, with at most one decimal: <c>4.9 GiB</c>.</summary>
    public override string ToString()
    {
        foreach (var (suffix, unit) in Units.AsSpan(0, 4))
        {
            if (Math.Abs((double)Bytes) >= unit)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{(double)Bytes / unit:0.#} {suffix}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Bytes} B");
    }
}
