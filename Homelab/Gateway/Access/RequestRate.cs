namespace Homelab.Gateway.Access;

/// <summary>A key's limit of requests a minute: a bucket that holds a minute's worth and fills evenly. Safe from any thread.</summary>
internal sealed class RequestRate
{
    private readonly Lock _lock = new();
    private double _left;
    private long _filledAt;

    /// <param name="perMinute">At least 1.</param>
    public RequestRate(int perMinute)
    {
        PerMinute = Math.Max(1, perMinute);
        _left = PerMinute;
    }

    public int PerMinute { get; }

    /// <summary>Takes one request.</summary>
    /// <param name="time">The listener's; always the same.</param>
    /// <param name="wait">Where it was refused: how long until the next one is free.</param>
    public bool TryTake(TimeProvider time, out TimeSpan wait)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_filledAt != 0)
            {
                _left = Math.Min(PerMinute, _left + (time.GetElapsedTime(_filledAt, now).TotalMinutes * PerMinute));
            }

            _filledAt = now;
            if (_left >= 1)
            {
                _left--;
                wait = TimeSpan.Zero;
                return true;
            }

            wait = TimeSpan.FromMinutes((1 - _left) / PerMinute);
            return false;
        }
    }
}
