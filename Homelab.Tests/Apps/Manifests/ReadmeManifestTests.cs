using Homelab.Apps.Manifests;
using Homelab.Tests.Architecture;

namespace Homelab.Tests.Apps.Manifests;

/// <summary>The manifests that the README shows are right.</summary>
public sealed class ReadmeManifestTests
{
    private const string Mark = "# ~/.homelab/apps/";

    [Fact]
    public void Every_manifest_of_the_readme_is_read_without_a_problem()
    {
        var names = Blocks().Select(block => ManifestText.Valid(block.Text, "/home/me/.homelab/apps/" + block.File).Name).ToList();

        Assert.Superset(new HashSet<string>(["llama-server", "vllm", "whisper", "stem-worker"]), names.ToHashSet());
        Assert.Distinct(names);
    }

    [Fact]
    public void Manifests_of_the_readme_can_be_used_side_by_side() =>
        Assert.Empty(AppCollisions.Find(Blocks().Select(block => ManifestText.Valid(block.Text, "/home/me/.homelab/apps/" + block.File))));

    [Fact]
    public void Every_key_is_explained_in_the_readme()
    {
        var text = Readme();
        Assert.All(ManifestKeys.Root.Children.Concat(ManifestKeys.Root.Child("files")!.Children), key => Assert.Contains($"`{key.Name}`", text, StringComparison.Ordinal));
        Assert.All(AppText.Placeholders, name => Assert.Contains($"`{{{name}}}`", text, StringComparison.Ordinal));
    }

    private static string Readme() => File.ReadAllText(Path.Combine(SourceTree.Root, "README.md")).ReplaceLineEndings("\n");

    private static List<(string File, string Text)> Blocks()
    {
        var blocks = Readme().Split("```yaml\n").Skip(1)
            .Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])
            .Where(text => text.StartsWith(Mark, StringComparison.Ordinal))
            .Select(text => (text[Mark.Length..text.IndexOf('\n', StringComparison.Ordinal)].Trim(), text))
            .ToList();
        Assert.NotEmpty(blocks);
        return blocks;
    }
}
