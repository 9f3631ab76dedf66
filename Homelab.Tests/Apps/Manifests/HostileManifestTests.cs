using System.Text;
using Homelab.Apps.Manifests;

namespace Homelab.Tests.Apps.Manifests;

/// <summary>A manifest made to cost time or memory is refused quickly.</summary>
public sealed class HostileManifestTests
{
    // What grows with the square of the input takes minutes at these sizes; a busy machine does not.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2);

    private const string Head = "name: x\ncommand: [ a ]\n";

    public static TheoryData<string, string> Texts => new()
    {
        { "laughs", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" },
        { "lists in lists", Head + "models: " + new string('[', 100_000) },
        { "mappings in mappings", Head + "memory: " + string.Concat(Enumerable.Repeat("{a: ", 60_000)) },
        { "blocks in blocks", string.Concat(Enumerable.Repeat("- ", 100_000)) },
        { "unknown keys", Head + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"idle_{i}:\n")) },
        { "files without anything", Head + "files:\n" + string.Concat(Enumerable.Repeat("- {}\n", 45_000)) },
        { "files with one path", Head + "files:\n" + string.Concat(Enumerable.Repeat("- {path: a}\n", 20_000)) },
        { "deep paths", Head + "files:\n" + string.Concat(Enumerable.Range(0, 240).Select(i => $"- {{path: {string.Concat(Enumerable.Repeat("a/", 500))}{i}}}\n")) },
        { "one long argument", $"name: x\ncommand: [ \"{new string('{', 250_001)}\" ]\n" },
        { "dollars", $"{Head}env: {{ A: \"{new string('$', 250_000)}{{\" }}\n" },
        { "wrong models", Head + "models: [" + string.Concat(Enumerable.Repeat("'',", 60_000)) + "]\n" },
        { "wrong variables", Head + "env: {" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i}: '{{',")) + "}\n" },
        { "colons", new string(':', 250_000) },
        { "question marks", string.Concat(Enumerable.Repeat("? ", 100_000)) },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Hostile_manifest_is_refused_in_little_time(string what, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.InRange(bytes.Length, 1, ManifestFile.MaximumBytes);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 8 && best >= Enough; i++)
        {
            // The first rounds also pay for compiling, and the machine has other work.
            var started = TimeProvider.System.GetTimestamp();
            var reading = ManifestReader.ReadBytes(bytes, ManifestText.Path, new Dictionary<string, string>());
            var took = TimeProvider.System.GetElapsedTime(started);
            best = took < best ? took : best;
            Assert.Null(reading.Manifest);
            Assert.InRange(reading.Problems.Length, 1, 101);
        }

        Assert.True(best < Enough, $"{what}: took {best.TotalMilliseconds} ms");
    }
}
