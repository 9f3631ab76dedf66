using System.Collections.Immutable;
using System.Globalization;

namespace Homelab.Apps.Downloads;

/// <summary>The transfers that run, one for each key, whoever waits for them. Safe for several threads.</summary>
internal sealed class TransferPool(DownloadOptions options, TimeProvider time, string parts, ProgressBoard board) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly FairGate _gate = new(Math.Max(1, options.Parallel));
    private readonly Dictionary<string, SharedTransfer> _running = [];
    private bool _disposed;

    /// <summary>Whether the bytes of a demand are on their way already.</summary>
    public bool IsRunning(FileDemand demand)
    {
        lock (_lock)
        {
            return _running.TryGetValue(demand.Key, out var transfer) && !transfer.IsAbandoned;
        }
    }

    public PartFile PartOf(FileDemand demand) => new(parts, demand.Key, options);

    /// <summary>Joins the transfer of a demand's key, or starts it. Who joins has to <see cref="Leave"/>.</summary>
    public async Task<SharedTransfer> JoinAsync(string app, FileDemand demand, CancellationToken cancellation)
    {
        while (true)
        {
            SharedTransfer? ending = null;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (!_running.TryGetValue(demand.Key, out var transfer))
                {
                    transfer = _running[demand.Key] = Create(app, demand);
                }

                if (transfer is { IsAbandoned: false, Result: { IsFaulted: false, IsCanceled: false } })
                {
                    transfer.Waiting.Add((app, demand));
                    return transfer;
                }

                ending = transfer;
            }

            // It failed or was abandoned. While its part is still open, one that begins beside it would write into the same.
            await ((Task)ending.Result).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            Forget(demand.Key, ending);
        }
    }

    /// <summary>Leaves; the last one ends it.</summary>
    public void Leave(SharedTransfer transfer, string app, FileDemand demand)
    {
        lock (_lock)
        {
            transfer.Waiting.Remove((app, demand));
            if (transfer.Waiting.Count > 0)
            {
                return;
            }

            transfer.Abandon();
        }

        _ = EndAsync(transfer);
    }

    /// <summary>Throws where the disk cannot hold so many bytes more, beside what runs and the reserve.</summary>
    /// <param name="missing">Bytes that are to come.</param>
    /// <param name="itself">Whose bytes they are; null: of none that runs yet.</param>
    public void CheckRoom(long missing, SharedTransfer? itself)
    {
        long others;
        lock (_lock)
        {
            others = _running.Values.Where(transfer => transfer != itself && !transfer.IsAbandoned).Sum(transfer => transfer.Missing);
            if (itself is not null)
            {
                itself.Missing = missing;
            }
        }

        var free = DiskFailure.Guard(options.Folder, () => options.FreeSpace(options.Folder));
        if (missing > 0 && free - options.Reserve - others < missing)
        {
            throw new DownloadException(string.Create(
                CultureInfo.InvariantCulture,
                $"not enough room in {options.Folder}: {Mebi(missing)} are to be downloaded{(others > 0 ? $", {Mebi(others)} are on their way" : "")} and {Mebi(options.Reserve)} stay free, but only {Mebi(free)} are free; make room and start again"));
        }
    }

    /// <summary>What it brought was taken away: who asks next begins anew.</summary>
    public void Retire(SharedTransfer transfer) => Forget(transfer.Demand.Key, transfer);

    public async ValueTask DisposeAsync()
    {
        ImmutableArray<SharedTransfer> all;
        lock (_lock)
        {
            _disposed = true;
            all = [.. _running.Values];
            foreach (var transfer in all)
            {
                transfer.Abandon();
            }
        }

        foreach (var transfer in all)
        {
            await ((Task)transfer.Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string Mebi(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + (1 << 20) - 1) >> 20} MiB");

    private SharedTransfer Create(string app, FileDemand demand)
    {
        var transfer = new SharedTransfer(demand, PartOf(demand));
        var seams = new TransferSeams(
            token => _gate.EnterAsync(app, token),
            missing => CheckRoom(missing, transfer),
            (state, bytes, total, problem) => Report(transfer, state, bytes, total, problem));
        transfer.Start(token => new FileTransfer(demand, transfer.Part, options, time, seams).RunAsync(token));
        return transfer;
    }

    private void Report(SharedTransfer transfer, string state, long bytes, long? total, string? problem)
    {
        ImmutableArray<(string App, FileDemand Demand)> waiting;
        lock (_lock)
        {
            waiting = [.. transfer.Waiting];
            transfer.Missing = state == FileStates.Checking ? 0 : Math.Max(0, (total ?? bytes) - bytes);
        }

        foreach (var (app, demand) in waiting)
        {
            board.Report(app, demand, state, bytes, total, problem);
        }
    }

    /// <summary>Its last waiter has left: it is over as soon as its work is.</summary>
    private async Task EndAsync(SharedTransfer transfer)
    {
        await ((Task)transfer.Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Forget(transfer.Demand.Key, transfer);
        transfer.Dispose();
    }

    /// <summary>Nobody joins it any more.</summary>
    private void Forget(string key, SharedTransfer transfer)
    {
        lock (_lock)
        {
            if (_running.GetValueOrDefault(key) == transfer)
            {
                _running.Remove(key);
            }
        }
    }
}
