using System.Threading.Channels;
using Homelab.Contracts;
using Homelab.Domain.Residency;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary>The events of a role: the last thousand in memory, older ones where an archive keeps them, followed by any number of readers and
/// resumable by id. Publishing never blocks; a reader that falls behind is cut off and can resume.</summary>
internal sealed class EventFeed
{
    private const int Kept = 1024;
    private const int ReaderBuffer = 256;
    private const int Page = 256;

    private readonly Lock _gate = new();
    private readonly Queue<EventWire> _ring = new(Kept);
    private readonly List<Channel<EventWire>> _readers = [];
    private readonly TimeProvider _time;
    private readonly string? _node;
    private readonly HomelabMetrics _metrics;
    private readonly IEventArchive? _archive;
    private long _lastId;

    /// <param name="time">For the moments of events; for display only.</param>
    /// <param name="node">Whose events these are where none is named; null: the cluster's.</param>
    /// <param name="metrics">Told of readers that were cut off.</param>
    /// <param name="archive">Keeps what leaves memory; null: nothing does.</param>
    public EventFeed(TimeProvider time, string? node, HomelabMetrics metrics, IEventArchive? archive = null)
    {
        _time = time;
        _node = node;
        _metrics = metrics;
        _archive = archive;

        // Ids grow over restarts too (microseconds of the start), so that a reader's last id never names another event; below 2^53 for JavaScript.
        _lastId = Math.Max(archive?.LastId ?? 0, time.GetUtcNow().ToUnixTimeMilliseconds() * 1000);
    }

    /// <summary>Readers that follow now.</summary>
    public int Readers
    {
        get
        {
            lock (_gate)
            {
                return _readers.Count;
            }
        }
    }

    /// <summary>Adds an event.</summary>
    /// <param name="announcement">What happened.</param>
    /// <param name="node">Name of the node that it happened on; null: the feed's own.</param>
    public void Publish(Announcement announcement, string? node = null)
    {
        lock (_gate)
        {
            var wire = new EventWire(++_lastId, _time.GetUtcNow(), announcement.Type, node ?? _node, announcement.Model?.Value, announcement.Message, announcement.Data);
            if (_ring.Count == Kept)
            {
                _ring.Dequeue();
            }

            _ring.Enqueue(wire);
            _archive?.Keep(wire);
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
    public IEnumerable<EventWire> Since(long since)
    {
        IReadOnlyList<EventWire> recent;
        long first;
        lock (_gate)
        {
            recent = [.. _ring.Where(e => e.Id > since)];
            first = FirstInMemory();
        }

        return Older(since, first).Concat(recent);
    }

    /// <summary>What is kept after <paramref name="since"/> and everything from now on; ends when the reader was too slow.</summary>
    public async IAsyncEnumerable<EventWire> FollowAsync(long since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<EventWire>(new BoundedChannelOptions(ReaderBuffer) { SingleReader = true });
        IReadOnlyList<EventWire> kept;
        long first;
        lock (_gate)
        {
            kept = [.. _ring.Where(e => e.Id > since)];
            first = FirstInMemory();
            _readers.Add(channel);
        }

        try
        {
            foreach (var wire in Older(since, first).Concat(kept))
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

    private long FirstInMemory() => _ring.TryPeek(out var oldest) ? oldest.Id : _lastId + 1;

    /// <summary>Page by page, so that a long history never lies in memory as a whole.</summary>
    private IEnumerable<EventWire> Older(long since, long before)
    {
        while (_archive is not null && since + 1 < before)
        {
            var page = _archive.Since(since, Page);
            foreach (var wire in page)
            {
                if (wire.Id >= before)
                {
                    yield break;
                }

                yield return wire;
            }

            if (page.Count < Page)
            {
                yield break;
            }

            since = page[^1].Id;
        }
    }
}
