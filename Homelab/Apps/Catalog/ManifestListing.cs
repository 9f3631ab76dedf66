using System.Collections.Immutable;
using Homelab.Apps.Manifests;
using Homelab.Processes;
using Homelab.Telemetry;

namespace Homelab.Apps.Catalog;

/// <summary>The names of the manifests in a folder at one moment.</summary>
/// <param name="Files">Whole paths, by file name, bounded.</param>
/// <param name="IsKnown">False where the folder could not be read or may not be trusted: then nothing is known of what it holds.</param>
/// <param name="Exists">Whether there is a folder.</param>
/// <param name="Problems">What is wrong with the folder, for users.</param>
internal sealed record ManifestListing(ImmutableArray<string> Files, bool IsKnown, bool Exists, ImmutableArray<string> Problems)
{
    /// <summary>Most manifests that are used.</summary>
    public const int MostFiles = 256;

    // A folder with more is somebody's mistake, and is not counted to its end.
    private const int MostNames = 10_000;

    /// <summary>Looks at the folder.</summary>
    public static ManifestListing Of(string folder)
    {
        if (ManifestFile.Facts(folder) is not { } facts)
        {
            return Directory.Exists(folder) ? Unknown(folder, "cannot be looked at") : new ManifestListing([], true, false, []);
        }

        if ((facts.Kind != PosixFileKind.Folder ? "is not a folder" : ManifestFile.JudgeOwner(facts)) is { } problem)
        {
            return Unknown(folder, problem);
        }

        try
        {
            var names = Directory.EnumerateFileSystemEntries(folder)
                .Where(path => IsManifest(Path.GetFileName(path)))
                .Take(MostNames)
                .Order(StringComparer.Ordinal)
                .ToList();
            return new ManifestListing(
                [.. names.Take(MostFiles)],
                true,
                true,
                names.Count > MostFiles ? [$"{Shown(folder)}: holds {names.Count}{(names.Count == MostNames ? " or more" : "")} manifests; the first {MostFiles} by name are used"] : []);
        }
        catch (DirectoryNotFoundException)
        {
            return new ManifestListing([], true, false, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unknown(folder, e is UnauthorizedAccessException ? "cannot be read: permission denied" : "cannot be read");
        }
    }

    /// <summary>Whether a file of that name is a manifest: editors' backups, swap and lock files are not.</summary>
    public static bool IsManifest(string name) =>
        !name.StartsWith('.')
        && (name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase));

    private static ManifestListing Unknown(string folder, string why) => new([], false, true, [$"{Shown(folder)}: {why}"]);

    private static string Shown(string path) => Printable.OneLine(path, 1024);
}
