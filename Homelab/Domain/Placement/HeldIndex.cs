using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>Which nodes of a chunk have a replica of a model, in whatever state. Built when first asked for, shared by all versions of the
/// chunk in which no replica came or went, and continued where one did.</summary>
internal sealed class HeldIndex
{
    private readonly Dictionary<ModelName, int[]> _slots;

    public HeldIndex(ReadOnlySpan<NodeSnapshot> nodes)
    {
        _slots = [];
        var lists = new Dictionary<ModelName, List<int>>();
        for (var i = 0; i < nodes.Length; i++)
        {
            foreach (var replica in nodes[i].Replicas)
            {
                if (!lists.TryGetValue(replica.Model, out var list))
                {
                    lists[replica.Model] = list = [];
                }

                if (list.Count == 0 || list[^1] != i)
                {
                    list.Add(i);
                }
            }
        }

        foreach (var (name, list) in lists)
        {
            _slots[name] = [.. list];
        }
    }

    private HeldIndex(Dictionary<ModelName, int[]> slots) => _slots = slots;

    /// <summary>The index after one node changed: most of it is shared, so that a heartbeat costs a decision nothing.</summary>
    public HeldIndex With(int slot, NodeSnapshot before, NodeSnapshot after)
    {
        var slots = new Dictionary<ModelName, int[]>(_slots);
        foreach (var gone in before.Replicas)
        {
            if (after.Find(gone.Model) is null && slots.TryGetValue(gone.Model, out var known))
            {
                var left = Array.FindAll(known, s => s != slot);
                if (left.Length > 0)
                {
                    slots[gone.Model] = left;
                }
                else
                {
                    slots.Remove(gone.Model);
                }
            }
        }

        foreach (var came in after.Replicas)
        {
            var known = slots.GetValueOrDefault(came.Model, []);
            if (Array.BinarySearch(known, slot) is < 0 and var place)
            {
                slots[came.Model] = [.. known.AsSpan(0, ~place), slot, .. known.AsSpan(~place)];
            }
        }

        return new HeldIndex(slots);
    }

    public ReadOnlySpan<int> Of(ModelName model) => _slots.TryGetValue(model, out var slots) ? slots : [];

    /// <summary>Whether an index of the one is an index of the other.</summary>
    public static bool IsSame(NodeSnapshot left, NodeSnapshot right)
    {
        if (left.Replicas.Length != right.Replicas.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Replicas.Length; i++)
        {
            if (left.Replicas[i].Model != right.Replicas[i].Model)
            {
                return false;
            }
        }

        return true;
    }
}
