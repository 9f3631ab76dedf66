using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>Which nodes of a chunk have a replica of a model, in whatever state. Built when first asked for and shared by all versions of the
/// chunk in which no replica came or went.</summary>
internal sealed class HeldIndex
{
    private readonly Dictionary<ModelName, int[]> _slots = [];

    public HeldIndex(ReadOnlySpan<NodeSnapshot> nodes)
    {
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
