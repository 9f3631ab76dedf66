using Homelab.Processes;

namespace Homelab.Apps.Downloads;

/// <summary>Gives checked files their names: the first app that wants one gets the part itself, each further one a second name for it, or a copy where the disk has no second names.
/// A name always holds either the old file or the new one, whole.</summary>
internal sealed class FilePlacement(DownloadOptions options, string parts, VerifiedMarks marks) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private long _number;

    /// <summary>Places what a transfer brought; false: it was changed or taken away meanwhile.</summary>
    public async Task<bool> PlaceAsync(SharedTransfer transfer, string sum, string app, FileDemand demand, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (transfer.Placed is { } placed)
            {
                return LinkFrom(placed.App, placed.Path, sum, app, demand);
            }

            if (!File.Exists(transfer.Part.Path))
            {
                return false;
            }

            var target = TargetOf(app, demand);
            DiskFailure.Guard(target, () => MoveInto(transfer.Part.Path, target));
            transfer.Part.DiscardFacts();
            marks.Set(app, demand.Path, demand.Key, sum);
            transfer.Placed = (app, demand.Path);
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes the file from another name under which it is known to be right; false: there is none.</summary>
    public async Task<bool> ShareAsync(string app, FileDemand demand, CancellationToken cancellation)
    {
        if (demand.Sha256 is not { } sum)
        {
            return false;
        }

        await _one.WaitAsync(cancellation);
        try
        {
            return marks.With(sum).Any(source => LinkFrom(source.App, source.Path, sum, app, demand));
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private bool LinkFrom(string sourceApp, string sourcePath, string sum, string app, FileDemand demand)
    {
        if (SourceOf(sourceApp, sourcePath) is not { } source || marks.Of(sourceApp, sourcePath) is not { } mark || !mark.IsOf(new FileInfo(source)))
        {
            return false;
        }

        if (mark.Size < demand.LowestSize || mark.Size > (demand.HighestSize ?? options.MaximumSize))
        {
            throw new DownloadException($"{demand.PrintableUrl} has {mark.Size} bytes, which is not the size that the manifest says; correct it");
        }

        var target = TargetOf(app, demand);
        if (target != source)
        {
            var temporary = Path.Combine(parts, $"{demand.Key}.{Interlocked.Increment(ref _number)}.link");
            DiskFailure.Guard(target, () =>
            {
                File.Delete(temporary);
                if (!options.Link(source, temporary))
                {
                    File.Copy(source, temporary);
                }

                MoveInto(temporary, target);

                // Renaming one name of a file over another name of it does nothing, and leaves both.
                File.Delete(temporary);
            });
            marks.Set(app, demand.Path, demand.Key, sum);
        }

        return true;
    }

    /// <summary>Where another app's file is; null where a link has come into its way since.</summary>
    private string? SourceOf(string app, string path)
    {
        try
        {
            return new AppFolder(options.Folder, app).Resolve(path);
        }
        catch (DownloadException)
        {
            return null;
        }
    }

    private string TargetOf(string app, FileDemand demand)
    {
        var folder = new AppFolder(options.Folder, app);
        var target = folder.Resolve(demand.Path);
        AppFolder.Make(Path.GetDirectoryName(target)!);
        return target;
    }

    private static void MoveInto(string path, string target)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Flush(flushToDisk: true);
        }

        File.Move(path, target, overwrite: true);
        FileLinks.SyncFolder(Path.GetDirectoryName(target)!);
    }
}
