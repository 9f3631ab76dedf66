using Homelab.Persistence.Cluster;

namespace Homelab.Persistence.Sqlite;

/// <summary>Events and usage that wait for the disk: bounded, the oldest go first. Never waits for the disk; from any thread.</summary>
/// <param name="bound">Events kept, and rows of usage.</param>
internal sealed class WriteBehindBuffer(int bound)
{
    private readonly Lock _lock = new();
    private LinkedList<StoredEvent> _events = [];
    private OrderedDictionary<(long Hour, string Key, string Model, string Node), StoredUsage> _usage = [];
    private long _lastEventId;
    private long _dropped;

    /// <summary>Events and rows of usage that were lost because nothing took them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public long LastEventId => Interlocked.Read(ref _lastEventId);

    /// <summary>Ids up to here are taken.</summary>
    public void StartAfter(long id)
    {
        lock (_lock)
        {
            _lastEventId = Math.Max(_lastEventId, id);
        }
    }

    /// <summary>False where others had to be dropped for them.</summary>
    public bool Append(IReadOnlyList<StoredEvent> events)
    {
        lock (_lock)
        {
            foreach (var item in events)
            {
                _events.AddLast(item);
                _lastEventId = Math.Max(_lastEventId, item.Id);
            }

            return !Shorten();
        }
    }

    /// <summary>False where others had to be dropped for them.</summary>
    public bool Add(IReadOnlyList<StoredUsage> usage)
    {
        lock (_lock)
        {
            foreach (var row in usage)
            {
                Merge(row);
            }

            return !Shorten();
        }
    }

    public List<StoredEvent> EventsSince(long id, int limit)
    {
        lock (_lock)
        {
            return [.. _events.Where(e => e.Id > id).Take(limit)];
        }
    }

    public List<StoredUsage> UsageSince(DateTimeOffset hour)
    {
        lock (_lock)
        {
            return [.. _usage.Values.Where(row => row.Hour >= hour)];
        }
    }

    /// <summary>Hands everything over to be written.</summary>
    public (IReadOnlyCollection<StoredEvent> Events, IReadOnlyCollection<StoredUsage> Usage) Take()
    {
        lock (_lock)
        {
            var taken = (_events, _usage.Values.ToList());
            _events = [];
            _usage = [];
            return taken;
        }
    }

    /// <summary>The disk did not take them. False where some had to be dropped, because more came meanwhile.</summary>
    public bool PutBack(IReadOnlyCollection<StoredEvent> events, IReadOnlyCollection<StoredUsage> usage)
    {
        lock (_lock)
        {
            foreach (var item in events.Reverse())
            {
                _events.AddFirst(item);
            }

            var newer = _usage.Values;
            _usage = [];
            foreach (var row in usage.Concat(newer))
            {
                Merge(row);
            }

            return !Shorten();
        }
    }

    private void Merge(StoredUsage row)
    {
        var key = (row.Hour.UtcTicks, row.Key, row.Model, row.Node);
        _usage[key] = _usage.TryGetValue(key, out var known) ? known.Plus(row) : row;
    }

    private bool Shorten()
    {
        var before = _dropped;
        for (; _events.Count > bound; _dropped++)
        {
            _events.RemoveFirst();
        }

        for (; _usage.Count > bound; _dropped++)
        {
            _usage.RemoveAt(0);
        }

        return _dropped > before;
    }
}
