using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>A fake clock that knows how many waits were begun on it, so that a test moves it only when somebody waits.</summary>
internal sealed class CountingTime : FakeTimeProvider
{
    private int _timers;

    /// <summary>Timers made so far; each wait makes one.</summary>
    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timers);
        return timer;
    }
}
