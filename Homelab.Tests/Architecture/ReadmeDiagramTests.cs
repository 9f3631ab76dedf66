using Homelab.Domain.Models;

namespace Homelab.Tests.Architecture;

public sealed class ReadmeDiagramTests
{
    [Fact]
    public void The_readme_shows_the_lifecycle_that_the_code_has() =>
        Assert.Contains(
            ModelLifecycle.ToMermaid().Trim(),
            File.ReadAllText(Path.Combine(SourceTree.Root, "README.md")).ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
}
