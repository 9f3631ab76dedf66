using System.Collections.Frozen;
using Homelab.Domain.Models;

namespace Homelab.Domain.Nodes;

/// <summary>What a node has on disk. Built once for each digest and shared by all later snapshots of the node, so that equal reference means equal content.</summary>
/// <param name="Digest">Of the list, as the node computed it.</param>
/// <param name="Models">By canonical name.</param>
internal sealed record NodeInventory(string Digest, FrozenDictionary<ModelName, NodeModel> Models)
{
    /// <summary>Nothing, and a digest that no node sends.</summary>
    public static NodeInventory None { get; } = new("", FrozenDictionary<ModelName, NodeModel>.Empty);

    public static NodeInventory Of(string digest, IEnumerable<NodeModel> models) => new(digest, models.ToFrozenDictionary(m => m.Name));
}
