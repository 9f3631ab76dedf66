using System.Threading.Channels;
using Homelab.Contracts;
using Homelab.Domain.Residency;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary>The events of this node: the last thousand kept, followed by any number of readers, resumable by id.
/// Publishing never blocks; a reader that falls behind is cut off and can resume.</summary>
internal sealed class EventFeed
{
    private const int Kept = 1024;
    private const int ReaderBuffer = 256;

    private readonly Lock _gate = new();
    private readonly Queue<EventWire> _ring = new(Kept);
    private readonly List<Channel<EventWire>> _readers = [];
    private readonly TimeProvider _time;
    private readonly string _node;
    private readonly HomelabMetrics _metrics;
    private long _lastId;

    public EventFeed(TimeProvider time, string node, HomelabMetrics metrics)
    {
        _time = time;
        _node = node;
        _metrics = metrics;

        // Ids grow over restarts too (microseconds of the start), so that a reader's last id never names another event; below 2^53 for JavaScript.
        _lastId = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
    }

    /// <summary>Adds an event.</summary>
    public void Publish(Announcement announcement)
    {
        lock (_gate)
        {
            var wire = new EventWire(++_lastId, _time.GetUtcNow(), announcement.Type, _node, announcement.Model?.Value, announcement.Message, announcement.Data);
            if (_ring.Count == Kept)
            {
                _ring.Dequeue();
            }

            _ring.Enqueue(wire);
            for (var i = _readers.Count - 1; i >= 0; i--)
            {
                if (!_readers[i].Writer.TryWrite(wire))
                {
                    _readers[i].Writer.TryComplete();
                    _readers.RemoveAt(i);
                    _metrics.EventsDropped.Inc();
                }
            }
        }
    }

    /// <summary>What is kept after <paramref name="since"/>, oldest first.</summary>
    public IReadOnlyList<EventWire> Since(long since)
    {
        lock (_gate)
        {
            return [.. _ring.Where(e => e.Id > since)];
        }
    }

    /// <summary>What is kept after <paramref name="since"/> and everything from now on; ends when the reader was too slow.</summary>
    public async IAsyncEnumerable<EventWire> FollowAsync(long since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<EventWire>(new BoundedChannelOptions(ReaderBuffer) { SingleReader = true });
        IReadOnlyList<EventWire> kept;
        lock (_gate)
        {
            kept = [.. _ring.Where(e => e.Id > since)];
            _readers.Add(channel);
        }

        try
        {
            foreach (var wire in kept)
            {
                yield return wire;
            }

            await foreach (var wire in channel.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return wire;
            }
        }
        finally
        {
            lock (_gate)
            {
                _readers.Remove(channel);
            }
        }
    }
}
