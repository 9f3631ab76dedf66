using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>Which nodes of a chunk have a model on disk, shortest load first. Built when first asked for and shared by all versions of the
/// chunk in which no inventory changed.</summary>
internal sealed class InstalledIndex
{
    private readonly Dictionary<ModelName, Entry[]> _entries = [];

    public InstalledIndex(ReadOnlySpan<NodeSnapshot> nodes)
    {
        var lists = new Dictionary<ModelName, List<Entry>>();
        for (var i = 0; i < nodes.Length; i++)
        {
            foreach (var model in nodes[i].Inventory.Models.Values)
            {
                if (!lists.TryGetValue(model.Name, out var list))
                {
                    lists[model.Name] = list = [];
                }

                list.Add(new Entry(i, model, model.LoadTime.TotalSeconds));
            }
        }

        foreach (var (name, list) in lists)
        {
            list.Sort(static (left, right) => left.LoadSeconds != right.LoadSeconds ? left.LoadSeconds.CompareTo(right.LoadSeconds) : left.Slot.CompareTo(right.Slot));
            _entries[name] = [.. list];
        }
    }

    public ReadOnlySpan<Entry> Of(ModelName model) => _entries.TryGetValue(model, out var entries) ? entries : [];

    /// <summary>One node that has the model.</summary>
    /// <param name="Slot">Its place in the chunk.</param>
    /// <param name="Model">The model there.</param>
    /// <param name="LoadSeconds">The least that a load there costs.</param>
    internal readonly record struct Entry(int Slot, NodeModel Model, double LoadSeconds);
}
