namespace Homelab.Domain.Placement;

/// <summary>What a placement is decided from.</summary>
/// <param name="Nodes">Every known node.</param>
/// <param name="Loads">Loads that this hub has ordered.</param>
/// <param name="Policy">The rules in force.</param>
internal sealed record PlacementSnapshot(NodeTable Nodes, PendingLoads Loads, PlacementPolicy Policy);
