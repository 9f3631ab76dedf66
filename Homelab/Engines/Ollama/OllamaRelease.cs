using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Homelab.Engines.Ollama;

/// <summary>One file of an official release and what it must hash to (asset names: .github/workflows/release.yaml of Ollama 0.32).</summary>
/// <param name="Version">Without the <c>v</c>.</param>
/// <param name="Asset">The archive's name.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed partial record OllamaRelease(string Version, string Asset, string Sha256)
{
    /// <summary>Names of the archive for a system, the one preferred first: Linux archives changed from gzip to zstd.</summary>
    public static IReadOnlyList<string> AssetNames(OSPlatform system, Architecture architecture)
    {
        var processor = architecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.Arm64 => "arm64",
            _ => throw new InstallException(string.Create(CultureInfo.InvariantCulture, $"there is no official Ollama for {architecture} processors")),
        };
        return system == OSPlatform.Linux ? [$"ollama-linux-{processor}.tar.zst", $"ollama-linux-{processor}.tgz"]
            : system == OSPlatform.OSX ? ["ollama-darwin.tgz"]
            : system == OSPlatform.Windows ? [$"ollama-windows-{processor}.zip"]
            : throw new InstallException($"there is no official Ollama for {system}");
    }

    /// <summary>The system this runs on.</summary>
    public static OSPlatform CurrentSystem =>
        OperatingSystem.IsLinux() ? OSPlatform.Linux
        : OperatingSystem.IsMacOS() ? OSPlatform.OSX
        : OperatingSystem.IsWindows() ? OSPlatform.Windows
        : OSPlatform.Create(RuntimeInformation.OSDescription);

    /// <summary>Reads a version as people or a release's address write it (<c>v0.32.15</c>); null for anything else.</summary>
    public static string? ParseVersion(string? text) => text is not null && VersionForm().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Picks the archive out of a release's <c>sha256sum.txt</c>.</summary>
    /// <exception cref="InstallException">None of the names is in it.</exception>
    public static OllamaRelease FromChecksums(string version, string checksums, IReadOnlyList<string> names)
    {
        var sums = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in checksums.Split('\n'))
        {
            if (ChecksumLine().Match(line.Trim()) is { Success: true } match)
            {
                sums[match.Groups[2].Value] = match.Groups[1].Value.ToLowerInvariant();
            }
        }

        return names.FirstOrDefault(sums.ContainsKey) is { } name
            ? new OllamaRelease(version, name, sums[name])
            : throw new InstallException($"release {version} of Ollama lists none of {string.Join(", ", names)} in its sha256sum.txt");
    }

    [GeneratedRegex(@"^v?(\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[A-Za-z0-9.]{1,20})?)$", RegexOptions.CultureInvariant)]
    private static partial Regex VersionForm();

    // As sha256sum writes it, with the "./" of the release workflow's find.
    [GeneratedRegex(@"^([0-9A-Fa-f]{64})[ \t]+\*?(?:\./)?([A-Za-z0-9._-]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex ChecksumLine();
}
