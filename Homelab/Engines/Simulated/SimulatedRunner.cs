namespace Homelab.Engines.Simulated;

/// <summary>One loaded model. Its state is changed by <see cref="SimulatedScheduler"/> only, under the scheduler's lock.</summary>
internal sealed class SimulatedRunner(SimulatedModel model, LoadOptions options, int context, long bytes, int parallel) : IDisposable
{
    private readonly CancellationTokenSource _death = new();

    /// <summary>The model that it was loaded as; another model with the same weights may use it too.</summary>
    public SimulatedModel Model { get; } = model;

    public LoadOptions Options { get; } = options;

    public int Context { get; } = context;

    public long Bytes { get; } = bytes;

    /// <summary>One place for each sequence that runs at the same time.</summary>
    public SemaphoreSlim Slots { get; } = new(parallel, parallel);

    /// <summary>Completes when it is gone.</summary>
    public TaskCompletionSource Unloaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when its process died.</summary>
    public CancellationToken Died => _death.Token;

    /// <summary>Requests that use it now.</summary>
    public int References { get; set; }

    /// <summary>How long it stays after its last use.</summary>
    public TimeSpan KeepAlive { get; set; }

    /// <summary>When it will be unloaded, as last computed.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Runs from its last use on; null while it is in use or stays for ever.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Whether its unload has begun.</summary>
    public bool Unloading { get; set; }

    public void Kill() => _death.Cancel();

    public void Dispose()
    {
        Timer?.Dispose();
        _death.Dispose();
        Slots.Dispose();
    }
}
