using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>One node as it was judged for one demand.</summary>
/// <param name="Node">Which.</param>
/// <param name="Verdict">What it could do.</param>
internal readonly record struct Candidate(NodeSnapshot Node, CandidateVerdict Verdict)
{
    /// <summary>Meant for the verdicts that can serve.</summary>
    public PlacementCost Cost { get; init; }

    /// <summary>The replica of the model there, if any.</summary>
    public NodeReplica? Replica { get; init; }

    /// <summary>The model on disk there, if any.</summary>
    public NodeModel? Model { get; init; }

    /// <summary>The load that this hub has ordered there.</summary>
    public PendingLoad? Joins { get; init; }

    /// <summary>Who would go: one bit for each of the node's replicas.</summary>
    public ulong Victims { get; init; }

    /// <summary>Whether a request could go there.</summary>
    public bool CanServe => Verdict <= CandidateVerdict.Waits;
}
