namespace Homelab.Tests.Engines.Ollama;

/// <summary>A clock on which pauses of up to half a minute pass at once, and longer ones (time-outs) never.</summary>
internal sealed class HastyTime : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime <= TimeSpan.FromSeconds(30) && dueTime >= TimeSpan.Zero ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
