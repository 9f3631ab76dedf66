namespace Homelab.Tests.Architecture;

/// <summary>Files stay small: what does not fit on a few screens has more than one responsibility.</summary>
public sealed class FileSizeTests
{
    private static readonly IReadOnlyList<(string Path, int Lines)> Product = Measure("Homelab");
    private static readonly IReadOnlyList<(string Path, int Lines)> Tests = Measure("Homelab.Tests");

    [Fact]
    public void Half_of_the_sources_have_at_most_80_lines() => Assert.InRange(AtPercent(50), 1, 80);

    [Fact]
    public void Nineteen_of_twenty_sources_have_at_most_300_lines() => Assert.InRange(AtPercent(95), 1, 300);

    [Fact]
    public void No_source_has_more_than_500_lines() => Assert.DoesNotContain(Product, file => file.Lines > 500);

    [Fact]
    public void No_test_has_more_than_900_lines() => Assert.DoesNotContain(Tests, file => file.Lines > 900);

    private static int AtPercent(int percent) => Product.Select(file => file.Lines).Order().ElementAt((Product.Count - 1) * percent / 100);

    private static List<(string Path, int Lines)> Measure(string folder)
    {
        var files = SourceTree.Sources(folder).Select(source => (source.Path, source.Lines.Length)).ToList();
        Assert.NotEmpty(files);
        return files;
    }
}
