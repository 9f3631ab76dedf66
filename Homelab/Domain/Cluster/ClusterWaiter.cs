using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>One request that waits at the hub for a load, or for the first heartbeats after the hub's start.</summary>
/// <param name="Id">Unique for the hub's life; also the order of arrival.</param>
/// <param name="Demand">What it needs. Nodes that failed to load it for this request are among the excluded.</param>
/// <param name="Principal">Whose key it came with.</param>
/// <param name="Since">When it began to wait.</param>
/// <param name="Deadline">When it is refused.</param>
internal sealed record ClusterWaiter(long Id, PlacementDemand Demand, string Principal, TimeSpan Since, TimeSpan Deadline)
{
    /// <summary>Loads that were tried for it.</summary>
    public int Attempts { get; init; }

    /// <summary>Id of the load that it waits for; null while it waits for heartbeats.</summary>
    public string? Load { get; init; }

    /// <summary>Id of that load's node.</summary>
    public string? Node { get; init; }

    /// <summary>The last failure of a load that was tried for it.</summary>
    public PlacementDecision.LoadFailed? Failure { get; init; }
}
