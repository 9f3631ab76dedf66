using System.Collections.Concurrent;
using System.Collections.Immutable;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Domain.Placement;

namespace Homelab.Roles.Hub;

/// <summary>The requests that this hub has at replicas at this moment, by node and model. Exact. Safe from any thread; entries live as long as their node is known.</summary>
internal sealed class DispatchTable : IDispatchReading
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<ModelName, DispatchCounter>> _nodes = new(StringComparer.Ordinal);

    public int InFlight(string nodeId, ModelName model) =>
        _nodes.TryGetValue(nodeId, out var models) && models.TryGetValue(model, out var counter) ? counter.Count : 0;

    public DispatchCounter Counter(string nodeId, ModelName model) =>
        _nodes.GetOrAdd(nodeId, static _ => new ConcurrentDictionary<ModelName, DispatchCounter>()).GetOrAdd(model, static _ => new DispatchCounter());

    /// <summary>What is under way at a node, model by model.</summary>
    public ImmutableArray<(ModelName Model, int Count)> At(string nodeId) =>
        _nodes.TryGetValue(nodeId, out var models) ? [.. models.Select(m => (m.Key, m.Value.Count)).Where(m => m.Count > 0)] : [];

    /// <summary>What a node's daemon must be told of, because it does not pass through it.</summary>
    public IReadOnlyList<ModelLeasesWire>? StraightAt(string nodeId) =>
        _nodes.TryGetValue(nodeId, out var models) && models.Values.Any(c => c.Straight > 0)
            ? [.. models.Where(m => m.Value.Straight > 0).Select(m => new ModelLeasesWire(m.Key.Value, m.Value.Straight)).OrderBy(l => l.Model, StringComparer.Ordinal)]
            : null;

    /// <summary>All requests under way.</summary>
    public int Total() => _nodes.Values.Sum(static models => models.Values.Sum(static c => c.Count));

    /// <summary>Forgets a node that was removed. What is still under way there counts nowhere any more.</summary>
    public void Forget(string nodeId) => _nodes.TryRemove(nodeId, out _);
}
