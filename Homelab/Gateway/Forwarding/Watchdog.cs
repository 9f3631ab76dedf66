namespace Homelab.Gateway.Forwarding;

/// <summary>Looks over all running requests every few seconds and ends those that wait too long: one timer for all, none a request.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<RequestWatch> _sweep = [];
    private RequestWatch? _first;
    private int _count;

    public Watchdog(GatewayOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        var shortest = new[] { options.BodyGrace, options.IdleStreamTimeout, options.ClientStallTimeout, options.FirstByteTimeout ?? TimeSpan.MaxValue }.Min();
        var period = TimeSpan.FromTicks(Math.Clamp(shortest.Ticks / 8, TimeSpan.FromMilliseconds(100).Ticks, TimeSpan.FromSeconds(5).Ticks));
        _timer = time.CreateTimer(static state => ((Watchdog)state!).Sweep(), this, period, period);
    }

    /// <summary>Requests under way.</summary>
    public int Count => Volatile.Read(ref _count);

    internal long Now => _time.GetTimestamp();

    public void Dispose() => _timer.Dispose();

    /// <summary>Ends every request under way because the daemon stops.</summary>
    public void EndAll() => ForAll(static (watch, _) => watch.EndForShutdown());

    internal void Add(RequestWatch watch)
    {
        lock (_lock)
        {
            watch.Next = _first;
            _first?.Previous = watch;
            _first = watch;
            _count++;
        }
    }

    internal void Remove(RequestWatch watch)
    {
        lock (_lock)
        {
            if (watch.Previous is null && _first != watch)
            {
                return;
            }

            watch.Previous?.Next = watch.Next;
            watch.Next?.Previous = watch.Previous;
            _first = _first == watch ? watch.Next : _first;
            watch.Previous = watch.Next = null;
            _count--;
        }
    }

    private void Sweep() => ForAll(static (watch, owner) => watch.Check(owner._options, owner._time));

    private void ForAll(Action<RequestWatch, Watchdog> action)
    {
        // Cancelling runs callbacks; not under the lock.
        lock (_sweep)
        {
            lock (_lock)
            {
                for (var watch = _first; watch is not null; watch = watch.Next)
                {
                    _sweep.Add(watch);
                }
            }

            foreach (var watch in _sweep)
            {
                action(watch, this);
            }

            _sweep.Clear();
        }
    }
}
