using System.Collections.Immutable;
using Homelab.Persistence;

namespace Homelab.Apps.Downloads;

/// <summary>Sees to it that the files of apps lie in their folders, whole and checked: transfers are shared between apps that want the same, go on where they were, also after a restart,
/// and replace a file only by one that is right. Safe for several threads; one instance a folder.</summary>
internal sealed class AppDownloads : IAsyncDisposable
{
    // A shared file that vanishes between its arrival and its second name is fetched again, but not for ever.
    private const int MaximumRounds = 4;

    private readonly DownloadOptions _options;
    private readonly ILogger? _log;
    private readonly ProgressBoard _board;
    private readonly VerifiedMarks _marks;
    private readonly TransferPool _pool;
    private readonly FilePlacement _placement;

    /// <summary>Clears away parts that nobody asked for lately.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="time">Measures pauses, silence and age.</param>
    /// <param name="progress">Gets each report, one at a time; must not throw and not linger.</param>
    /// <param name="log">Gets failures.</param>
    /// <exception cref="DownloadException">The folder cannot be made.</exception>
    public AppDownloads(DownloadOptions options, TimeProvider time, Action<FileProgress> progress, ILogger? log = null)
    {
        _options = options = options with { Folder = Path.GetFullPath(options.Folder) };
        _log = log;
        _board = new ProgressBoard(time, progress);
        var parts = Path.Combine(options.Folder, ".parts");
        AppFolder.Make(parts);
        var marks = Path.Combine(parts, "verified.json");
        _marks = new VerifiedMarks(options.Folder, marks);
        Sweep(parts, marks, time.GetUtcNow() - options.KeepParts);
        _pool = new TransferPool(options, time, parts, _board);
        _placement = new FilePlacement(options, parts, _marks);
    }

    /// <summary>Files that are on their way now.</summary>
    public ImmutableArray<FileProgress> Running => _board.Running;

    /// <summary>The folder of an app's files, which need not exist yet.</summary>
    public string FolderOf(string app) => new AppFolder(_options.Folder, app).Path;

    /// <summary>Whether a file is there and was found right as it is; reads no content.</summary>
    /// <exception cref="DownloadException">Its path leaves the folder, or a link is in its way.</exception>
    public bool IsPresent(string app, FileDemand demand) =>
        _marks.Of(app, demand.Path) is { } mark && mark.Serves(demand) && mark.IsOf(new FileInfo(Resolve(app, demand)));

    /// <summary>Returns when all files lie, checked, in the app's folder. Cancelled, it leaves what others wait for alone and keeps what has come.</summary>
    /// <exception cref="DownloadException">One cannot be had; what lay under its name still does.</exception>
    public async Task EnsureAsync(string app, ImmutableArray<FileDemand> files, CancellationToken cancellation)
    {
        DemandCheck.Check(app, files);
        foreach (var demand in files)
        {
            Resolve(app, demand);
        }

        AppFolder.Make(FolderOf(app));
        var missing = new List<FileDemand>();
        foreach (var demand in files.DistinctBy(file => file.Path))
        {
            if (!IsPresent(app, demand) && !await IsRightAsync(app, demand, cancellation))
            {
                missing.Add(demand);
            }
        }

        _pool.CheckRoom(missing.DistinctBy(demand => demand.Key).Where(demand => !_pool.IsRunning(demand) && (demand.Sha256 is null || _marks.With(demand.Sha256).Count == 0)).Sum(BytesToCome), null);
        await FetchAllAsync(app, missing, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _placement.Dispose();
    }

    private string Resolve(string app, FileDemand demand) => new AppFolder(_options.Folder, app).Resolve(demand.Path);

    private long BytesToCome(FileDemand demand)
    {
        var part = _pool.PartOf(demand);
        return Math.Max(0, (part.ReadFacts()?.Total ?? demand.LowestSize ?? demand.HighestSize ?? 0) - part.Length);
    }

    /// <summary>A file without a mark, or touched since: its content decides.</summary>
    private async Task<bool> IsRightAsync(string app, FileDemand demand, CancellationToken cancellation)
    {
        var path = Resolve(app, demand);
        var file = new FileInfo(path);
        var mark = _marks.Of(app, demand.Path);

        // Without a sum only an earlier download of the very demand tells what is right.
        var expected = demand.Sha256 ?? (mark?.Key == demand.Key ? mark.Sha256 : null);
        if (!file.Exists || expected is null || file.Length < demand.LowestSize || file.Length > (demand.HighestSize ?? _options.MaximumSize))
        {
            return false;
        }

        var (size, changed) = (file.Length, file.LastWriteTimeUtc);
        try
        {
            var sum = await DiskSum.OfAsync(path, read => _board.Report(app, demand, FileStates.Checking, read, size, null), cancellation);
            file.Refresh();
            if (!sum.Equals(expected, StringComparison.OrdinalIgnoreCase) || !file.Exists || file.Length != size || file.LastWriteTimeUtc != changed)
            {
                return false;
            }

            _marks.Set(app, demand.Path, demand.Key, sum);
            return true;
        }
        finally
        {
            _board.Remove(app, demand);
        }
    }

    private async Task FetchAllAsync(string app, List<FileDemand> missing, CancellationToken cancellation)
    {
        // One that fails ends the others: the app cannot start, and their parts are kept.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        DownloadException? first = null;
        await Task.WhenAll(missing.Select(async demand =>
        {
            try
            {
                await FetchAsync(app, demand, ending.Token);
            }
            catch (DownloadException exception)
            {
                Interlocked.CompareExchange(ref first, exception, null);
                await ending.CancelAsync();
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                // The first failure says it all.
            }
        }));
        if (first is not null)
        {
            throw new DownloadException($"app {app}: {first.Message}", first);
        }
    }

    private async Task FetchAsync(string app, FileDemand demand, CancellationToken cancellation)
    {
        try
        {
            _board.Report(app, demand, FileStates.Waiting, _pool.PartOf(demand).Length, null, null);
            for (var round = 0; !await _placement.ShareAsync(app, demand, cancellation) && !await TransferAsync(app, demand, cancellation); round++)
            {
                if (round == MaximumRounds)
                {
                    throw new DownloadException($"{demand.PrintableUrl} was downloaded again and again, and taken away each time; who changes {_options.Folder}?");
                }
            }

            var size = _marks.Of(app, demand.Path)?.Size ?? 0;
            _board.Report(app, demand, FileStates.Done, size, size, null);
        }
        catch (DownloadException exception)
        {
            _log?.LogWarning("App {App}: {Problem}", app, exception.Message);
            _board.Report(app, demand, FileStates.Failed, _pool.PartOf(demand).Length, null, exception.Message);
            throw;
        }
        finally
        {
            _board.Remove(app, demand);
        }
    }

    /// <summary>Waits for the transfer and takes what it brought; false: look again.</summary>
    private async Task<bool> TransferAsync(string app, FileDemand demand, CancellationToken cancellation)
    {
        var transfer = await _pool.JoinAsync(app, demand, cancellation);
        try
        {
            var sum = await transfer.Result.WaitAsync(cancellation);
            if (await _placement.PlaceAsync(transfer, sum, app, demand, cancellation))
            {
                return true;
            }

            _pool.Retire(transfer);
            return false;
        }
        catch (DownloadException) when (transfer.Demand with { Path = demand.Path } != demand)
        {
            // Another address, or other limits, failed: ours may do.
            return false;
        }
        finally
        {
            _pool.Leave(transfer, app, demand);
        }
    }

    private void Sweep(string parts, string marks, DateTimeOffset oldest)
    {
        try
        {
            foreach (var file in new DirectoryInfo(parts).EnumerateFiles().Where(file => file.FullName != marks && (file.Extension is ".link" or ".new" || file.LastWriteTimeUtc < oldest)).ToList())
            {
                file.Delete();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _log?.LogWarning("Old parts in {Folder} cannot be cleared away: {Problem}", parts, DiskError.Describe(exception));
        }
    }
}
