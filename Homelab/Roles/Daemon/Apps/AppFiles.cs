using System.Collections.Immutable;
using Homelab.Apps.Manifests;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>Fetches files.</summary>
internal sealed class AppFiles(HomelabFolder folder, DaemonParts parts) : IAppFiles, IAsyncDisposable
{
    public string FolderOf(string app) => Path.Combine(folder.Files, app);

    public Task<string?> EnsureAsync(AppManifest manifest, CancellationToken cancellation)
    {
        _ = parts;
        Directory.CreateDirectory(FolderOf(manifest.Name));
        return Task.FromResult(manifest.Files.IsEmpty ? null : "files cannot be fetched yet");
    }

    public ImmutableArray<AppFileWire> Running(string app) => [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
