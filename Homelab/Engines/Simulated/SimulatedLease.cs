namespace Homelab.Engines.Simulated;

/// <summary>One request's use of a loaded model; disposing ends it, and disposing again does nothing.</summary>
internal sealed class SimulatedLease(SimulatedScheduler scheduler, SimulatedRunner runner, TimeSpan loadTime) : IDisposable
{
    private int _released;

    public SimulatedRunner Runner { get; } = runner;

    /// <summary>How long the request waited for the model.</summary>
    public TimeSpan LoadTime { get; } = loadTime;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            scheduler.Release(Runner);
        }
    }
}
