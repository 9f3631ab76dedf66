using System.Text;
using Homelab.Apps.Manifests;

namespace Homelab.Tests.Apps.Manifests;

/// <summary>Reads texts as if they were manifests.</summary>
internal static class ManifestText
{
    public const string Path = "/home/me/.homelab/apps/x.yaml";

    public const string Sum = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private static readonly Dictionary<string, string> Environment = new() { ["HOME"] = "/home/me", ["TOKEN"] = "sk-secret" };

    public static AppManifestReading Read(string text, string path = Path) => ManifestReader.ReadBytes(Encoding.UTF8.GetBytes(text), path, Environment);

    /// <summary>Fails with the problems where it is not right.</summary>
    public static AppManifest Valid(string text, string path = Path)
    {
        var reading = Read(text, path);
        Assert.True(reading.Manifest is not null, string.Join('\n', reading.Problems));
        Assert.Empty(reading.Problems);
        return reading.Manifest;
    }

    /// <summary>A manifest with a name and a command and what follows.</summary>
    public static AppManifest With(string rest) => Valid("name: x\ncommand: [ a ]\n" + rest);

    /// <summary>The problems of such a one without the file's name.</summary>
    public static IReadOnlyList<string> Problems(string text)
    {
        var reading = Read(text);
        Assert.Null(reading.Manifest);
        Assert.NotEmpty(reading.Problems);
        Assert.All(reading.Problems, p => Assert.Equal(Path, p.File));
        return [.. reading.Problems.Select(p => p.ToString()[(Path.Length + 1)..])];
    }
}
