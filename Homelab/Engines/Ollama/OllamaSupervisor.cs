using Homelab.Configuration;
using Homelab.Domain.Residency;
using Homelab.Processes;

namespace Homelab.Engines.Ollama;

/// <summary>Uses the Ollama that runs; where none runs and it may, starts <c>ollama serve</c>, restarts it with a back-off and stops it with the daemon.
/// Never starts a second one: it looks before every start, and steps back when somebody else's answers.</summary>
internal sealed class OllamaSupervisor(OllamaServeSettings settings, Func<CancellationToken, Task<OllamaPresence>> look, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    // What ran this long is healthy, and its next end starts the back-off anew.
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    // Whoever runs the other Ollama (systemd waits 3 s) gets this long to restart it before we start ours.
    private static readonly TimeSpan ForeignGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _firstTry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _loop;
    private readonly ForeignOllama _foreign = new(settings.Url);
    private int _restarts;
    private volatile OllamaSupervisorState _state = new(OllamaPhase.Unknown, "not looked for yet");

    /// <summary>What grace the child gets between being asked to end and being killed; it frees its GPUs in it.</summary>
    public static TimeSpan StopGrace => TimeSpan.FromSeconds(10);

    /// <summary>How things stand; replaced, never changed.</summary>
    public OllamaSupervisorState State => _state;

    /// <summary>What the running Ollama gives a load that names nothing: known of our child, which got it from us; of one that somebody else runs
    /// nothing is known.</summary>
    public EngineDefaults Defaults => _state.Phase is OllamaPhase.Starting or OllamaPhase.Running
        ? new EngineDefaults(settings.Context, settings.Parallel)
        : EngineDefaults.Unknown;

    /// <summary>Where the running Ollama would make room by itself.</summary>
    public EngineLimits Limits => EngineLimits.OfOllama(
        settings.MaximumLoaded > 0 ? settings.MaximumLoaded
        : _state.Phase is OllamaPhase.Starting or OllamaPhase.Running ? OllamaServeSettings.Plenty
        : _foreign.MaximumLoaded);

    /// <summary>Raised at each change, on the supervisor's own task. Handlers must not block.</summary>
    public event Action<OllamaSupervisorState>? Changed;

    /// <summary>A look at what answers there, by a client.</summary>
    public static Func<CancellationToken, Task<OllamaPresence>> LookBy(OllamaClient client) => async cancellation =>
    {
        try
        {
            await client.VersionAsync(cancellation);
            return OllamaPresence.Ollama;
        }
        catch (EngineException exception)
        {
            return exception.Kind == LoadFailure.EngineDown ? OllamaPresence.Nobody : OllamaPresence.SomethingElse;
        }
    };

    /// <summary>Begins, and returns once the first try is over: one is used, or runs, or it is known why not. Idempotent.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_loop is null && !_stopping.IsCancellationRequested)
            {
                _loop = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        await _firstTry.Task.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_gate)
        {
            loop = _loop;
        }

        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync();
            _firstTry.TrySetResult();
            await (loop ?? Task.CompletedTask);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            if (settings.Manage == ManageMode.Off)
            {
                Set(OllamaPhase.Absent, "engines.ollama.manage is off");
                _firstTry.TrySetResult();
                return;
            }

            if (settings.Manage == ManageMode.Auto)
            {
                // Before looking, or what a killed daemon of ours left behind would pass for somebody else's.
                OrphanSweep.Kill(settings.HomeFolder.Root);
            }

            await WatchAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            Set(OllamaPhase.Stopped, "stopped with the daemon");
        }
        finally
        {
            _firstTry.TrySetResult();
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        long? foreignSeen = null;
        while (true)
        {
            switch (await look(cancellation))
            {
                case OllamaPresence.Ollama:
                    foreignSeen = time.GetTimestamp();
                    Set(OllamaPhase.Foreign, $"an Ollama that homelab did not start answers at {settings.Url}");

                    // It looks through the processes of this machine: nobody need wait for that, the default limit holds meanwhile.
                    _firstTry.TrySetResult();
                    _foreign.Look();
                    break;
                case OllamaPresence.SomethingElse:
                    Set(OllamaPhase.Absent, $"what answers at {settings.Url} is no Ollama; set engines.ollama.url to another port");
                    break;
                case OllamaPresence.Nobody when settings.Manage != ManageMode.Auto:
                    Set(OllamaPhase.Absent, $"nothing answers at {settings.Url}, and engines.ollama.manage is not auto: start Ollama yourself");
                    break;
                case OllamaPresence.Nobody when !settings.Url.IsLoopback:
                    Set(OllamaPhase.Absent, $"nothing answers at {settings.Url}, and homelab starts Ollama on this machine only: start it there");
                    break;
                case OllamaPresence.Nobody when foreignSeen is { } seen && time.GetElapsedTime(seen) < ForeignGrace:
                    Set(OllamaPhase.Absent, $"the Ollama at {settings.Url} has gone; homelab starts one if it stays away for {ForeignGrace.TotalSeconds:0} s");
                    break;
                case OllamaPresence.Nobody when Find(out _) is { } executable:
                    await SuperviseAsync(executable, cancellation);
                    foreignSeen = null;
                    continue;
                case OllamaPresence.Nobody:
                    _ = Find(out var missing);
                    Set(settings.Executable is null ? OllamaPhase.NotInstalled : OllamaPhase.Absent, missing);
                    break;
            }

            _firstTry.TrySetResult();
            await Task.Delay(WatchInterval, time, cancellation);
        }
    }

    /// <summary>Returns when somebody else answers where ours should, or ours can no longer be started.</summary>
    private async Task SuperviseAsync(string executable, CancellationToken cancellation)
    {
        var backOff = FirstBackOff;
        do
        {
            var started = time.GetTimestamp();
            var reason = await RunOnceAsync(executable, cancellation);
            backOff = time.GetElapsedTime(started) >= Healthy ? FirstBackOff : backOff;

            // The timer runs before the state says so: whoever waits for the state can rely on it.
            var pause = Task.Delay(backOff, time, cancellation);
            Set(OllamaPhase.BackingOff, $"{reason}; started again in {backOff.TotalSeconds:0} s; its output is in {settings.LogPath}");
            _firstTry.TrySetResult();
            await pause;
            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
        }
        while (ExecutableSearch.Check(executable) is not null && await look(cancellation) == OllamaPresence.Nobody);
    }

    private async Task<string> RunOnceAsync(string executable, CancellationToken cancellation)
    {
        ChildProcess child;
        try
        {
            child = ChildProcess.Start(OllamaServeCommand.Build(settings, executable), time);
        }
        catch (ChildStartException exception)
        {
            return exception.Message;
        }

        await using (child)
        {
            try
            {
                Set(OllamaPhase.Starting, $"{executable} is starting", child.Id);
                if (await BecomesReadyAsync(child, cancellation))
                {
                    Set(OllamaPhase.Running, $"homelab runs {executable}", child.Id);
                    _firstTry.TrySetResult();
                }

                var code = await child.Exited.WaitAsync(cancellation);
                _restarts++;
                return $"{executable} ended with code {code}";
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await child.StopAsync(StopGrace);
                throw;
            }
        }
    }

    // Its first start can take long (it looks for GPUs); the first try is over before that, the waiting is not.
    private async Task<bool> BecomesReadyAsync(ChildProcess child, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (!child.Exited.IsCompleted)
        {
            if (await look(cancellation) == OllamaPresence.Ollama)
            {
                // It may be somebody else's, on whose port ours has just failed to listen.
                return !child.Exited.IsCompleted;
            }

            if (time.GetElapsedTime(started) > FirstTry)
            {
                _firstTry.TrySetResult();
            }

            await Task.WhenAny(child.Exited, Task.Delay(ReadyPoll, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }

        return false;
    }

    private string? Find(out string reason) => OllamaServeCommand.Find(settings, Environment.GetEnvironmentVariable("PATH"), out reason);

    private void Set(OllamaPhase phase, string detail, int? processId = null)
    {
        var state = new OllamaSupervisorState(phase, detail, processId, _restarts);
        if (state != _state)
        {
            _state = state;
            Changed?.Invoke(state);
        }
    }
}
