namespace Homelab.Bench.Placement;

/// <summary>One way of placing requests and choosing who goes.</summary>
internal interface IPolicyRule
{
    string Name { get; }

    /// <summary>The node that gets the request.</summary>
    PolicyNode Choose(PolicyCluster cluster, PolicyRequest request);

    /// <summary>Who goes from the node to make room for a model: replicas among <paramref name="movable"/> that free enough; empty where they do not.</summary>
    IReadOnlyList<PolicyReplica> Victims(PolicyCluster cluster, PolicyNode node, int model, IReadOnlyList<PolicyReplica> movable);
}
