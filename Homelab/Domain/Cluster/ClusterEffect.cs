using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Cluster;

/// <summary>Something the reducer wants done; its only output besides the snapshot. Closed set.</summary>
internal abstract record ClusterEffect
{
    private ClusterEffect()
    {
    }

    /// <summary>Answer a heartbeat (now, or when it has been held).</summary>
    public sealed record BeatJudged(long Ticket, string Node, BeatVerdict Verdict) : ClusterEffect;

    /// <summary>Something waits for the node: answer its held heartbeat.</summary>
    public sealed record Deliver(string Node) : ClusterEffect;

    /// <summary>Tell a waiter where to go, or why nowhere. Never a load: that is waited for here. Count the request as under way at once.</summary>
    public sealed record Answer(long WaiterId, PlacementDecision Decision) : ClusterEffect;

    /// <summary>Tell whoever ordered it that a command is over.</summary>
    public sealed record CommandEnded(string CommandId, CommandOutcome Outcome) : ClusterEffect;

    /// <summary>Tell whoever ordered it how far a command is.</summary>
    public sealed record CommandMoved(string CommandId, CommandProgress Progress) : ClusterEffect;

    /// <summary>Keep in the store what outlives the hub: name, runs, the operator's wish.</summary>
    public sealed record SaveNode(NodeSnapshot Node) : ClusterEffect;

    /// <summary>Keep in the store what was measured of a model on a node.</summary>
    public sealed record SaveMeasure(string Node, ModelName Model, ModelMeasure Measure) : ClusterEffect;

    /// <summary>Tell the world.</summary>
    /// <param name="Announcement">What happened.</param>
    /// <param name="Node">Name of the node that it is about, if any.</param>
    public sealed record Announce(Announcement Announcement, string? Node) : ClusterEffect;
}
