using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Placement;

/// <summary>Where a request goes, or why nowhere. Closed set; returned by a pure function and shown by <c>explain</c>.</summary>
internal abstract record PlacementDecision
{
    private PlacementDecision()
    {
    }

    /// <summary>To a replica in memory; <see cref="PlacementCost.Queue"/> is what it waits there for a place.</summary>
    public sealed record Route(NodeSnapshot Node, NodeReplica Replica, PlacementCost Cost) : PlacementDecision;

    /// <summary>To a node that must load the model first, for which there is room or idle replicas that may go.</summary>
    /// <param name="Node">Where.</param>
    /// <param name="Cost">Expected.</param>
    /// <param name="Allocation">Where it would lie.</param>
    /// <param name="Victims">Who would go; the node decides by itself.</param>
    /// <param name="Joins">Id of the load that this hub has ordered already; null: none.</param>
    public sealed record Load(NodeSnapshot Node, PlacementCost Cost, ImmutableArray<DeviceAllocation> Allocation, ImmutableArray<ModelName> Victims, string? Joins) : PlacementDecision;

    /// <summary>To the node that will have room soonest, once requests that run there have ended; the request waits in the node's own bounded queue.</summary>
    public sealed record Queue(NodeSnapshot Node, PlacementCost Cost, string Why) : PlacementDecision;

    /// <summary>No known node has it on disk.</summary>
    public sealed record NotInstalled : PlacementDecision;

    /// <summary>No node takes work, or none of those that have the model on disk does.</summary>
    /// <param name="Why">For people: what keeps them.</param>
    public sealed record NoLiveNodes(string Why) : PlacementDecision;

    /// <summary>The engine does not answer on any of the nodes that could hold it, which are there and well otherwise.</summary>
    public sealed record EngineDown(NodeSnapshot Node) : PlacementDecision;

    /// <summary>It fits no node, however empty.</summary>
    /// <param name="Need">The least that any node estimates.</param>
    /// <param name="LargestBudget">The most that any node could give.</param>
    /// <param name="Node">Which node that is.</param>
    public sealed record TooLarge(ByteSize Need, ByteSize LargestBudget, NodeSnapshot Node) : PlacementDecision;

    /// <summary>Only pinned and protected replicas stand in the way, on every node that has it.</summary>
    public sealed record WouldEvictProtected(NodeSnapshot Node, ImmutableArray<ModelName> Models) : PlacementDecision;

    /// <summary>Its last load failed, on every node that could hold it; the one that tries again soonest.</summary>
    public sealed record BackingOff(NodeSnapshot Node, FailureRecord Failure, TimeSpan RetryAt) : PlacementDecision;

    /// <summary>The nodes that have it lack labels that the cluster's rules want for it.</summary>
    public sealed record NotPermitted(ImmutableSortedDictionary<string, string> Labels) : PlacementDecision;

    /// <summary>Every node that was tried failed to load it; the last answer.</summary>
    /// <param name="Node">Name of the last node.</param>
    /// <param name="Code">Its <c>error.code</c>.</param>
    /// <param name="Message">Its words.</param>
    public sealed record LoadFailed(string Node, string Code, string Message) : PlacementDecision;

    /// <summary>It waited at the hub for as long as a request may.</summary>
    /// <param name="Waited">How long.</param>
    /// <param name="Loading">Name of the node that is still loading it; null where none is.</param>
    public sealed record TimedOut(TimeSpan Waited, string? Loading) : PlacementDecision;

    /// <summary>The hub holds as many waiting requests as it may.</summary>
    public sealed record QueueFull(int Waiting) : PlacementDecision;
}
