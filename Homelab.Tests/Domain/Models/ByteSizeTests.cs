using CsCheck;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1024", 1_024)]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("24GiB", 24L << 30)]
    [InlineData(" 1.5 GiB ", 3L << 29)]
    [InlineData("8GB", 8_000_000_000)]
    [InlineData("1kB", 1_000)]
    [InlineData("1KB", 1_000)]
    [InlineData("7B", 7)]
    [InlineData("0.5TiB", 1L << 39)]
    [InlineData("4194304TiB", 1L << 62)]
    public void Size_as_people_write_it_is_read(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(expected, size.Bytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("GiB")]
    [InlineData("-1GiB")]
    [InlineData("+1")]
    [InlineData("1e3")]
    [InlineData("1,5GiB")]
    [InlineData("1 000")]
    [InlineData("1gib")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("1\0")]
    [InlineData("1GiB\0")]
    [InlineData("1GiB\r\n")]
    [InlineData("\n1")]
    [InlineData("١")]
    [InlineData("1\u00a0GiB")]
    [InlineData("1.2.3")]
    [InlineData("4194305TiB")]
    [InlineData("79228162514264337593543950335TiB")]
    [InlineData("99999999999999999999999999999999999999999999")]
    public void Anything_else_is_refused(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Fact]
    public void Ten_thousand_digits_are_refused() => Assert.False(ByteSize.TryParse(new string('9', 10_000), out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1_023, "1023 B")]
    [InlineData(1_024, "1 KiB")]
    [InlineData(1_536, "1.5 KiB")]
    [InlineData(5_261_334_937, "4.9 GiB")]
    [InlineData(-2_147_483_648, "-2 GiB")]
    [InlineData(long.MaxValue, "8388608 TiB")]
    [InlineData(long.MinValue, "-8388608 TiB")]
    public void Size_is_printed_in_the_largest_unit_that_fits(long bytes, string expected) => Assert.Equal(expected, new ByteSize(bytes).ToString());

    [Fact]
    public void Sums_that_do_not_fit_throw_instead_of_wrapping()
    {
        Assert.Throws<OverflowException>(() => new ByteSize(long.MaxValue) + new ByteSize(1));
        Assert.Throws<OverflowException>(() => new ByteSize(long.MinValue) - new ByteSize(1));
        Assert.Throws<OverflowException>(() => ByteSize.FromGibibytes(long.MaxValue));
        Assert.Throws<OverflowException>(() => ByteSize.FromMebibytes(1L << 44));
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_never_throws_and_what_is_read_is_in_range() => Gen.String.Sample(text =>
        !ByteSize.TryParse(text, out var size) || size.Bytes is >= 0 and <= 1L << 62);

    [Fact]
    public void Plain_number_of_bytes_is_read_back() => Gen.Long[0, 1L << 62].Sample(bytes =>
        ByteSize.TryParse(bytes.ToString(System.Globalization.CultureInfo.InvariantCulture), out var size) && size.Bytes == bytes);

    [Fact]
    public void Order_is_that_of_the_bytes() => Gen.Select(Gen.Long, Gen.Long).Sample((a, b) =>
    {
        var (x, y) = (new ByteSize(a), new ByteSize(b));
        return x < y == a < b && x >= y == a >= b && x.CompareTo(y) == a.CompareTo(b)
            && ByteSize.Max(x, y).Bytes == Math.Max(a, b) && ByteSize.Min(x, y).Bytes == Math.Min(a, b);
    });
}
