namespace Homelab.Tests.Cli;

/// <summary>A clock that stands still, with timers of which short ones (pauses) are due at once and long ones (time-outs) never.</summary>
internal sealed class QuickTime : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);
    private long _pauses;

    /// <summary>How many pauses were asked for.</summary>
    public long Pauses => Interlocked.Read(ref _pauses);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Start;

    public override long GetTimestamp() => 0;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var isPause = dueTime >= TimeSpan.Zero && dueTime <= LongestPause;
        if (isPause)
        {
            Interlocked.Increment(ref _pauses);
        }

        return System.CreateTimer(callback, state, isPause ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
