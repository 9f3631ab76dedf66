using Homelab.Apps.Manifests;

namespace Homelab.Apps.Catalog;

/// <summary>Tells when something happens in a folder that may come, go and be replaced. Where the system has no watch left, it tells nothing, and
/// whoever relies on it looks from time to time anyway.</summary>
/// <param name="folder">The folder.</param>
/// <param name="changed">Called on any thread.</param>
internal sealed class FolderWatch(string folder, Action changed) : IDisposable
{
    private FileSystemWatcher? _watcher;
    private (ulong Device, ulong Inode) _watched;
    private volatile bool _isBroken;

    /// <summary>Watches the folder that is there now, if it is not watched already. Not safe for several threads.</summary>
    public void Follow()
    {
        var identity = ManifestFile.Facts(folder)?.Identity;
        if (_watcher is not null && !_isBroken && identity == _watched)
        {
            return;
        }

        Dispose();
        if (identity is null)
        {
            return;
        }

        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.Attributes };
            watcher.Created += (_, _) => changed();
            watcher.Changed += (_, _) => changed();
            watcher.Deleted += (_, _) => changed();
            watcher.Renamed += (_, _) => changed();
            watcher.Error += (_, _) =>
            {
                _isBroken = true;
                changed();
            };
            watcher.EnableRaisingEvents = true;
            (_watcher, _watched, _isBroken) = (watcher, identity.Value, false);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            watcher?.Dispose();
        }
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _watcher = null;
    }
}
