using System.Collections.Immutable;

namespace Homelab.Domain.Placement;

/// <summary>The cluster's rules for one model.</summary>
/// <param name="RequiredLabels">A node must have all of them.</param>
/// <param name="Pin">Kept loaded on one node.</param>
internal sealed record PlacementModelPolicy(ImmutableSortedDictionary<string, string> RequiredLabels, bool Pin)
{
    /// <summary>Any node, on demand.</summary>
    public static PlacementModelPolicy Any { get; } = new(ImmutableSortedDictionary<string, string>.Empty, false);
}
