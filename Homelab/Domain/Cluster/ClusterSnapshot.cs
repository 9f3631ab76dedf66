using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>The cluster as one hub knows it at one instant. Immutable; replaced as a whole by the cluster's loop and read without a lock.</summary>
internal sealed record ClusterSnapshot
{
    /// <summary>Grows with every applied event.</summary>
    public long Version { get; init; }

    /// <summary>Grows when the list of models, or where one of them stands, changes.</summary>
    public long ModelsVersion { get; init; }

    /// <summary>Of this run of the hub; greater than every earlier one's.</summary>
    public required long Epoch { get; init; }

    /// <summary>The rules in force.</summary>
    public required ClusterPolicy Policy { get; init; }

    /// <summary>When the hub started, in its own time.</summary>
    public TimeSpan StartedAt { get; init; }

    /// <summary>Every known node.</summary>
    public NodeTable Nodes { get; init; } = NodeTable.Empty;

    /// <summary>Loads that this hub has ordered.</summary>
    public PendingLoads Loads { get; init; } = PendingLoads.None;

    /// <summary>Requests that wait, by id, which is the order of arrival.</summary>
    public ImmutableSortedDictionary<long, ClusterWaiter> Waiters { get; init; } = ImmutableSortedDictionary<long, ClusterWaiter>.Empty;

    /// <summary>Orders that have not ended, by id.</summary>
    public ImmutableSortedDictionary<string, ClusterCommand> Commands { get; init; } = ImmutableSortedDictionary.Create<string, ClusterCommand>(StringComparer.Ordinal);

    /// <summary>Most nodes went silent at once, so it is likely this hub that is cut off: it orders nothing and goes on routing.</summary>
    public bool CutOff { get; init; }

    /// <summary>When a pinned model whose load failed is tried again.</summary>
    public ImmutableDictionary<ModelName, TimeSpan> PinRetries { get; init; } = ImmutableDictionary<ModelName, TimeSpan>.Empty;

    /// <summary>When each pair of models was last reported as chasing each other off a node.</summary>
    public ImmutableDictionary<(string Node, ModelName First, ModelName Second), TimeSpan> ThrashReported { get; init; } = ImmutableDictionary<(string, ModelName, ModelName), TimeSpan>.Empty;

    /// <summary>Next number of a load's id.</summary>
    public long NextLoad { get; init; } = 1;

    /// <summary>What placement is decided from.</summary>
    public PlacementSnapshot Placement => new(Nodes, Loads, Policy.Placement);
}
