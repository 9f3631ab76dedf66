namespace Homelab.Roles.Daemon;

/// <summary>Time since the daemon's start: monotonic, for every decision. Wall time is for display only.</summary>
internal sealed class DaemonClock(TimeProvider time)
{
    public TimeProvider Time => time;

    /// <summary>The start, as a timestamp of <see cref="Time"/>.</summary>
    public long Started { get; } = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(Started);

    /// <summary>Wall time of a moment, as far as the wall clock can be trusted.</summary>
    public DateTimeOffset WallTimeOf(TimeSpan moment) => time.GetUtcNow() - (Now - moment);
}
