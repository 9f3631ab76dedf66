using System.Collections.Concurrent;
using Homelab.Domain.Nodes;
using Homelab.Gateway;
using Homelab.Gateway.Transport;

namespace Homelab.Roles.Hub;

/// <summary>How each node is reached: address, key and connections, as its last accepted heartbeat said. Written by the cluster's loop, read by every request.</summary>
internal sealed class NodeLinks(TimeProvider time) : IDisposable
{
    /// <summary>Old connections finish what runs on them.</summary>
    private static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, NodeLink> _links = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _lost = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(long Since, UpstreamPool Pool)> _retired = new();

    /// <summary>Null before the node's first heartbeat, and where it cannot be reached.</summary>
    public NodeLink? Find(string nodeId) => _links.GetValueOrDefault(nodeId);

    /// <summary>Cancelled when the node is given up.</summary>
    public CancellationToken LostToken(string nodeId) => _lost.GetOrAdd(nodeId, static _ => new CancellationTokenSource()).Token;

    /// <summary>Takes in what an accepted heartbeat said.</summary>
    public void Update(HeartbeatReport report, string name, string accessKey)
    {
        var before = _links.GetValueOrDefault(report.NodeId);
        if (report.Address is not { } address)
        {
            if (_links.TryRemove(report.NodeId, out var gone))
            {
                Retire(gone);
            }

            return;
        }

        if (before is not null && before.Address == address && before.AccessKey == accessKey && before.ExposedEngine == report.ExposedEngine
            && before.Daemon.Node == name && before.Daemon.Engine == report.Engine)
        {
            return;
        }

        var daemon = new Uri(address);
        var pool = before is not null && before.Address == address ? before.Daemon.Pool : new UpstreamPool(daemon, time);
        var enginePool = report.ExposedEngine is not { } exposed ? null
            : before?.Engine is { } engine && before.ExposedEngine == exposed ? engine.Pool
            : new UpstreamPool(new Uri(exposed), time);
        var link = new NodeLink(
            address,
            accessKey,
            new Upstream(daemon.Authority, pool, false, report.Engine, name) { Credential = accessKey, NodeId = report.NodeId },
            report.ExposedEngine,
            enginePool is null ? null : new Upstream("127.0.0.1:11434", enginePool, true, report.Engine, name) { NodeId = report.NodeId });
        _links[report.NodeId] = link;
        if (before is not null)
        {
            Retire(before, link);
        }
    }

    /// <summary>The node is given up: answers that have not begun are not waited for any longer.</summary>
    public void GiveUp(string nodeId)
    {
        // Never disposed: a request that has just looked it up still takes its token, and without a timer there is nothing in it to free.
        if (_lost.TryRemove(nodeId, out var source))
        {
            source.Cancel();
        }
    }

    /// <summary>Forgets a node that was removed.</summary>
    public void Forget(string nodeId)
    {
        GiveUp(nodeId);
        if (_links.TryRemove(nodeId, out var link))
        {
            Retire(link);
        }
    }

    /// <summary>Closes connections that were replaced long ago.</summary>
    public void Sweep()
    {
        while (_retired.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) > Afterlife && _retired.TryDequeue(out oldest))
        {
            oldest.Pool.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var link in _links.Values)
        {
            link.Daemon.Pool.Dispose();
            link.Engine?.Pool.Dispose();
        }

        foreach (var (_, pool) in _retired)
        {
            pool.Dispose();
        }

        foreach (var source in _lost.Values)
        {
            source.Dispose();
        }
    }

    private void Retire(NodeLink link, NodeLink? successor = null)
    {
        foreach (var pool in (UpstreamPool?[])[link.Daemon.Pool, link.Engine?.Pool])
        {
            if (pool is not null && pool != successor?.Daemon.Pool && pool != successor?.Engine?.Pool)
            {
                _retired.Enqueue((time.GetTimestamp(), pool));
            }
        }
    }
}
