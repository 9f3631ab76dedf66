using Homelab.Apps.Manifests;

namespace Homelab.Tests.Apps.Manifests;

public sealed class ExpectedSizeTests
{
    [Theory]
    [InlineData("125829120", 125829120, 125829120)]
    [InlineData("125829120B", 125829120, 125829120)]
    [InlineData("0", 0, 0)]
    [InlineData("120MiB", 125304832, 126353408)]
    [InlineData("120 MiB", 125304832, 126353408)]
    [InlineData("1.5GB", 1450000000, 1550000000)]
    [InlineData("1.50GB", 1495000000, 1505000000)]
    [InlineData("1kB", 500, 1500)]
    [InlineData("0kB", 0, 500)]
    public void Rounded_figure_allows_half_of_its_last_digit_either_way(string text, long lowest, long highest)
    {
        Assert.True(ExpectedSize.TryParse(text, out var size));
        Assert.Equal((lowest, highest), (size.Lowest, size.Highest));
        Assert.True(size.Allows(lowest) && size.Allows(highest) && !size.Allows(lowest - 1) && !size.Allows(highest + 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("big")]
    [InlineData("1XB")]
    public void Text_that_is_no_size_is_refused(string text) => Assert.False(ExpectedSize.TryParse(text, out _));
}
