using Homelab.Contracts;

namespace Homelab.Roles.Mcp.Resources;

/// <summary>The cluster's last events. A hub keeps days of them and gives them oldest first, so each reading begins where the one before it ended.</summary>
internal sealed class RecentEvents(ClusterAccess cluster) : IDisposable
{
    public const int Most = 100;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Queue<EventWire> _last = new(Most);

    /// <summary>The last hundred, oldest first.</summary>
    public async Task<IReadOnlyList<EventWire>> ReadAsync(CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var since = _last.Count > 0 ? _last.Last().Id : 0;
            await foreach (var wire in cluster.Client.EventsAsync(since, cancellation).ConfigureAwait(false))
            {
                if (_last.Count == Most)
                {
                    _last.Dequeue();
                }

                _last.Enqueue(wire);
            }

            return [.. _last];
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();
}
