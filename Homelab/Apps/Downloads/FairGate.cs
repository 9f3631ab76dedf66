namespace Homelab.Apps.Downloads;

/// <summary>Lets a limited number in at a time; a free place goes to the app that has fewest, so that one with a hundred files does not hold up one with one. Safe for several threads.</summary>
internal sealed class FairGate(int limit)
{
    private readonly Lock _lock = new();
    private readonly List<(string App, TaskCompletionSource Turn)> _waiting = [];
    private readonly Dictionary<string, int> _inside = [];
    private int _free = limit;

    /// <summary>Comes in; disposing the result leaves. It never waits where there is a place.</summary>
    public async Task<IDisposable> EnterAsync(string app, CancellationToken cancellation)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Add((app, turn));
            Admit();
        }

        using (cancellation.UnsafeRegister(_ => turn.TrySetCanceled(cancellation), null))
        {
            try
            {
                await turn.Task;
            }
            catch (OperationCanceledException)
            {
                lock (_lock)
                {
                    _waiting.RemoveAll(waiter => waiter.Turn == turn);
                }

                throw;
            }
        }

        return new Place(this, app);
    }

    private void Leave(string app)
    {
        lock (_lock)
        {
            Release(app);
            Admit();
        }
    }

    private void Release(string app)
    {
        _free++;
        if (--_inside[app] == 0)
        {
            _inside.Remove(app);
        }
    }

    private void Admit()
    {
        while (_free > 0 && _waiting.Count > 0)
        {
            var next = _waiting.MinBy(waiter => _inside.GetValueOrDefault(waiter.App));
            _waiting.Remove(next);
            _free--;
            _inside[next.App] = _inside.GetValueOrDefault(next.App) + 1;
            if (!next.Turn.TrySetResult())
            {
                Release(next.App);
            }
        }
    }

    /// <summary>A place inside.</summary>
    private sealed class Place(FairGate gate, string app) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave(app);
            }
        }
    }
}
