using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>What one request needs of the cluster.</summary>
/// <param name="Model">Canonical name, aliases resolved.</param>
internal readonly record struct PlacementDemand(ModelName Model)
{
    /// <summary>Size of the prompt (bytes / 4); 0 where unknown.</summary>
    public int PromptTokens { get; init; }

    /// <summary>The node that delegated it; never chosen.</summary>
    public string? Origin { get; init; }

    /// <summary>Nodes that refused this very request.</summary>
    public ImmutableArray<string> Excluded { get; init; }

    /// <summary>Who served its beginning lately.</summary>
    public PrefixMatch Affinity { get; init; }

    /// <summary>Decides between equals.</summary>
    public long Seed { get; init; }

    /// <summary>The only node that will do, where an operator named one.</summary>
    public string? Node { get; init; }

    /// <summary>The same demand without one more node.</summary>
    public PlacementDemand Without(string node) =>
        this with { Excluded = Excluded.IsDefault ? [node] : Excluded.Contains(node) ? Excluded : Excluded.Add(node) };
}
