using Homelab.Processes;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>Watches the children of a running Ollama that hold its models, one for each load, under <c>/proc</c>.</summary>
internal sealed class RunnerWatch : IAsyncDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly int _server;
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<int> _seen = [];
    private readonly Lock _gate = new();
    private readonly Task _watching;
    private TaskCompletionSource? _nextStops;

    public RunnerWatch(int server)
    {
        _server = server;
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>How many runners were ever started: loads and reloads.</summary>
    public int Starts
    {
        get
        {
            Look();
            lock (_gate)
            {
                return _seen.Count;
            }
        }
    }

    /// <summary>The runners that live.</summary>
    public IReadOnlyList<int> Running
    {
        get
        {
            Look();
            lock (_gate)
            {
                return [.. _seen.Where(ChildProcesses.IsAlive).Order()];
            }
        }
    }

    /// <summary>Kills the runners that live.</summary>
    public void KillAll() => Signal(PosixNative.Kill);

    /// <summary>Makes them stand still where they are.</summary>
    public void StopAll() => Signal(Stop);

    /// <summary>Every runner that is started from now on stands still at once, in the middle of its load, until <see cref="ContinueAll"/>.</summary>
    /// <returns>Completes when the first one stands.</returns>
    public Task StopStarting()
    {
        lock (_gate)
        {
            return (_nextStops ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>All go on, now and later.</summary>
    public void ContinueAll()
    {
        lock (_gate)
        {
            _nextStops = null;
        }

        Signal(Continue);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching;
        _ending.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // Nobody watches any more.
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            foreach (var child in ChildProcesses.Of(_server).Where(c => !_seen.Contains(c) && ChildProcesses.CommandOf(c).Contains("--model")))
            {
                _seen.Add(child);
                if (_nextStops is { } reached)
                {
                    _ = PosixNative.Signal(child, Stop);
                    reached.TrySetResult();
                }
            }
        }
    }

    private void Signal(int signal)
    {
        foreach (var runner in Running)
        {
            _ = PosixNative.Signal(runner, signal);
        }
    }
}
