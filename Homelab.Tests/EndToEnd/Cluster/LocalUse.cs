namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Somebody who asks one machine for one model again and again, whatever happens to the others.</summary>
internal sealed class LocalUse : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;
    private int _answered;

    private LocalUse(HomelabProcess process, string model) => _work = Task.Run(() => AskAsync(process, model));

    /// <summary>Good answers so far.</summary>
    public int Answered => Volatile.Read(ref _answered);

    public static LocalUse Start(HomelabProcess process, string model) => new(process, model);

    /// <summary>Waits for some more answers.</summary>
    public Task GoesOnAsync(int more = 5)
    {
        var least = Answered + more;
        return Eventually.BecomesAsync("answers", $"{least}", AnsweredAsync, now => now >= least);
    }

    /// <summary>Ends it; fails if any answer was not good.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _work;
        _end.Dispose();
    }

    private Task<int> AnsweredAsync()
    {
        Assert.False(_work.IsFaulted, $"{_work.Exception}");
        return Task.FromResult(Answered);
    }

    private async Task AskAsync(HomelabProcess process, string model)
    {
        while (!_end.IsCancellationRequested)
        {
            var reply = await process.AskAsync(model);
            Assert.True(reply.Status == 200 && reply.Route.Contains("tier=local-", StringComparison.Ordinal), $"{reply}\n{process.Log}");
            Interlocked.Increment(ref _answered);
        }
    }
}
