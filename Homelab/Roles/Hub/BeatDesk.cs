using System.Collections.Concurrent;

namespace Homelab.Roles.Hub;

/// <summary>The heartbeats that wait for their answer: those to be judged, and for each node the one that is held. Safe from any thread.</summary>
internal sealed class BeatDesk(TimeProvider time)
{
    /// <summary>Leases on an exposed engine come and go with every request; a node is told at most this often.</summary>
    private static readonly TimeSpan LeasePause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<long, BeatTicket> _judged = new();
    private readonly ConcurrentDictionary<string, BeatTicket> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _due = new(StringComparer.Ordinal);
    private long _lastId;
    private volatile bool _closed;

    /// <summary>Heartbeats held now.</summary>
    public int Held => _held.Count;

    /// <summary>Whether the node's daemon keeps a connection open at this moment, so that it is not gone.</summary>
    public bool IsHeld(string nodeId) => _held.ContainsKey(nodeId);

    /// <summary>A new heartbeat, to be judged.</summary>
    public BeatTicket Open(Domain.Nodes.HeartbeatReport report, string accessKey)
    {
        var ticket = new BeatTicket(Interlocked.Increment(ref _lastId), report, accessKey);
        _judged[ticket.Id] = ticket;
        return ticket;
    }

    /// <summary>The ticket of a heartbeat that is being judged; null where its request is gone.</summary>
    public BeatTicket? Find(long id) => _judged.GetValueOrDefault(id);

    /// <summary>The same, for its verdict; null where its request is gone.</summary>
    public BeatTicket? Take(long id) => _judged.TryRemove(id, out var ticket) ? ticket : null;

    /// <summary>Gives up on a verdict.</summary>
    public void Drop(BeatTicket ticket) => _judged.TryRemove(ticket.Id, out _);

    /// <summary>Holds a heartbeat; the one held before is released.</summary>
    public void Hold(BeatTicket ticket)
    {
        BeatTicket? before = null;
        _held.AddOrUpdate(
            ticket.Report.NodeId,
            static (_, mine) => mine,
            (_, other, mine) =>
            {
                before = other;
                return mine;
            },
            ticket);
        before?.Release();
        if (_closed)
        {
            ticket.Release();
        }
    }

    /// <summary>Ends a hold.</summary>
    /// <returns>Whether it was still the one that is held for its node.</returns>
    public bool Let(BeatTicket ticket) => _held.TryRemove(new KeyValuePair<string, BeatTicket>(ticket.Report.NodeId, ticket));

    /// <summary>There is something to say to a node.</summary>
    public void Release(string nodeId)
    {
        if (_held.TryGetValue(nodeId, out var ticket))
        {
            ticket.Release();
        }
    }

    /// <summary>The requests at a node's exposed engine changed.</summary>
    public void LeasesChanged(string nodeId)
    {
        if (_due.TryAdd(nodeId, true))
        {
            _ = TellAsync(nodeId);
        }
    }

    /// <summary>Nothing is held any more, for the hub's end: what is held is answered, and what still comes is answered at once.</summary>
    public void Close()
    {
        _closed = true;
        foreach (var ticket in _held.Values)
        {
            ticket.Release();
        }
    }

    private async Task TellAsync(string nodeId)
    {
        await Task.Delay(LeasePause, time).ConfigureAwait(false);
        _due.TryRemove(nodeId, out _);
        Release(nodeId);
    }
}
