using System.Collections;
using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>The loads that this hub has ordered, found by node at no cost where there are none. Immutable.</summary>
internal sealed class PendingLoads : IReadOnlyCollection<PendingLoad>
{
    private readonly ImmutableSortedDictionary<string, ImmutableArray<PendingLoad>> _byNode;

    private PendingLoads(ImmutableSortedDictionary<string, ImmutableArray<PendingLoad>> byNode, int count)
    {
        _byNode = byNode;
        Count = count;
    }

    public static PendingLoads None { get; } = new(ImmutableSortedDictionary.Create<string, ImmutableArray<PendingLoad>>(StringComparer.Ordinal), 0);

    public int Count { get; }

    /// <summary>The loads on one node, in order of decision.</summary>
    public ImmutableArray<PendingLoad> On(string node) => Count > 0 && _byNode.TryGetValue(node, out var loads) ? loads : [];

    public PendingLoad? Find(string node, ModelName model)
    {
        foreach (var load in On(node))
        {
            if (load.Model == model)
            {
                return load;
            }
        }

        return null;
    }

    /// <summary>The loads of one model.</summary>
    public ImmutableArray<PendingLoad> Of(ModelName model) => Count == 0 ? [] : [.. this.Where(l => l.Model == model)];

    public PendingLoad? Find(string id) => this.FirstOrDefault(l => l.Id == id);

    /// <summary>Adds a load, or replaces the one of the same id.</summary>
    public PendingLoads With(PendingLoad load)
    {
        var there = On(load.Node);
        var at = there.IndexOf(there.FirstOrDefault(l => l.Id == load.Id)!);
        return at < 0
            ? new PendingLoads(_byNode.SetItem(load.Node, there.Add(load)), Count + 1)
            : new PendingLoads(_byNode.SetItem(load.Node, there.SetItem(at, load)), Count);
    }

    public PendingLoads Without(PendingLoad load)
    {
        var rest = On(load.Node).RemoveAll(l => l.Id == load.Id);
        var removed = On(load.Node).Length - rest.Length;
        return removed == 0 ? this : new PendingLoads(rest.IsEmpty ? _byNode.Remove(load.Node) : _byNode.SetItem(load.Node, rest), Count - removed);
    }

    /// <summary>All, in order of node and then of decision.</summary>
    public IEnumerator<PendingLoad> GetEnumerator()
    {
        foreach (var loads in _byNode.Values)
        {
            foreach (var load in loads)
            {
                yield return load;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
