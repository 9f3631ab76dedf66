namespace Homelab.Control;

/// <summary>Time since the role's start: monotonic, for every decision. Wall time is for display only.</summary>
internal sealed class RoleClock(TimeProvider time)
{
    public TimeProvider Time => time;

    /// <summary>The start, as a timestamp of <see cref="Time"/>.</summary>
    public long Started { get; } = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(Started);

    /// <summary>Wall time of a moment, as far as the wall clock can be trusted.</summary>
    public DateTimeOffset WallTimeOf(TimeSpan moment) => time.GetUtcNow() - (Now - moment);
}
