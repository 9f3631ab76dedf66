using Homelab.Configuration;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Homelab's own folder: keys, credentials, the configuration. Whatever root it lies below, of it only the logs are shown. Immutable.</summary>
/// <param name="folder">The folder.</param>
internal sealed class OwnFolder(HomelabFolder folder)
{
    private static readonly StringComparison Names = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private readonly string[] _roots = [folder.Root, RealPath(folder.Root)];

    /// <summary>Whether a place is in it and not in its logs.</summary>
    /// <param name="root">Real path of a root.</param>
    /// <param name="way">Below it, after links.</param>
    public bool Holds(string root, IReadOnlyList<string> way)
    {
        var path = Path.Combine([root, .. way]);
        return Array.Exists(_roots, own => IsWithin(path, own) && !IsWithin(path, Path.Combine(own, Path.GetFileName(folder.Logs))) && path != own);
    }

    private static bool IsWithin(string path, string folder) =>
        path.Equals(folder, Names) || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, Names);

    /// <summary>With every link above it resolved, as the system names what is opened there.</summary>
    private static string RealPath(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is null)
        {
            return path;
        }

        var here = Path.Combine(RealPath(parent), Path.GetFileName(path));
        return new DirectoryInfo(here) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : here;
    }
}
