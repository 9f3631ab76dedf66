using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Homelab.Apps.Catalog;
using Homelab.Apps.Downloads;
using Homelab.Apps.Manifests;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>Fetches apps' files into this daemon's folder, and tells of it in events: when one begins, at each tenth of it, and how it ended.</summary>
internal sealed class AppFiles : IAppFiles, IAsyncDisposable
{
    private const int Steps = 10;

    private readonly HomelabFolder _folder;
    private readonly DaemonParts _parts;
    private readonly ConcurrentDictionary<(string App, string Path), (string State, int Step)> _told = new();

    // Most machines have no app that asks for files: the folder is made for the first that does.
    private readonly Lazy<AppDownloads> _downloads;

    public AppFiles(HomelabFolder folder, DaemonParts parts)
    {
        (_folder, _parts) = (folder, parts);
        _downloads = new Lazy<AppDownloads>(() => new AppDownloads(new DownloadOptions(folder.Files), parts.Clock.Time, Tell, parts.Log));
    }

    public string FolderOf(string app) => Path.Combine(_folder.Files, app);

    public async Task<string?> EnsureAsync(AppManifest manifest, CancellationToken cancellation)
    {
        try
        {
            if (manifest.Files.IsEmpty)
            {
                // It is where the app works, unless its manifest says otherwise.
                Directory.CreateDirectory(FolderOf(manifest.Name));
            }
            else
            {
                await _downloads.Value.EnsureAsync(
                    manifest.Name,
                    [.. manifest.Files.Select(f => new FileDemand(f.Url, f.Path, f.Sha256, f.Size?.Lowest, f.Size?.Highest, f.Insecure))],
                    cancellation).ConfigureAwait(false);
                if (!OperatingSystem.IsWindows() && ProgramLookup.AmongFiles(manifest, FolderOf(manifest.Name)) is { } program)
                {
                    // What is fetched is nobody's to run, but for the program that the manifest names.
                    File.SetUnixFileMode(program, File.GetUnixFileMode(program) | UnixFileMode.UserExecute);
                }
            }

            return null;
        }
        catch (Exception problem) when (problem is DownloadException or IOException or UnauthorizedAccessException)
        {
            return problem.Message;
        }
    }

    public ImmutableArray<AppFileWire> Running(string app) => !_downloads.IsValueCreated ? []
        : [.. _downloads.Value.Running.Where(f => f.App == app).Select(f => new AppFileWire(f.Path, f.State, f.Bytes, f.Total, f.BytesPerSecond > 0 ? f.BytesPerSecond : null, f.Problem))];

    public ValueTask DisposeAsync() => _downloads.IsValueCreated ? _downloads.Value.DisposeAsync() : ValueTask.CompletedTask;

    private void Tell(FileProgress file)
    {
        var step = file.Total is > 0 and var total ? (int)(file.Bytes * Steps / total) : 0;
        var key = (file.App, file.Path);
        if (file.State == FileStates.Waiting || (_told.TryGetValue(key, out var told) && told == (file.State, step)))
        {
            return;
        }

        _told[key] = (file.State, step);
        if (file.State is FileStates.Done or FileStates.Failed)
        {
            _told.TryRemove(key, out _);
        }

        var amount = file.Total is { } whole ? $"{new ByteSize(file.Bytes)} of {new ByteSize(whole)}" : $"{new ByteSize(file.Bytes)}";
        _parts.Events.Publish(Announcement.Of(
            "app.file",
            ModelName.OfApp(file.App),
            $"{file.Path} of the app {file.App} from {file.Url}: {file.State}{(file.Problem is { } problem ? $": {problem}" : file.Bytes > 0 ? $" ({amount})" : "")}",
            ("path", file.Path),
            ("state", file.State),
            ("bytes", file.Bytes.ToString(CultureInfo.InvariantCulture)),
            ("total_bytes", file.Total?.ToString(CultureInfo.InvariantCulture) ?? "")));
    }
}
