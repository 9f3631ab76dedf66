using System.Collections.Immutable;

namespace Homelab.Domain.Cluster;

/// <summary>What a node is told in answer to its heartbeat. Pure: asked when the answer is sent, so a held heartbeat carries the newest.</summary>
internal static class ClusterAcks
{
    /// <summary>The acknowledgement for a node; null where the hub does not know it (any more).</summary>
    public static ClusterAck? For(ClusterSnapshot snapshot, string nodeId, TimeSpan now)
    {
        if (snapshot.Nodes.Find(nodeId) is not { } node)
        {
            return null;
        }

        // Whoever is cut off orders nothing: nodes may by now obey a hub that sees more.
        var commands = snapshot.CutOff || snapshot.Commands.IsEmpty
            ? []
            : snapshot.Commands.Values
                .Where(c => c.Node == nodeId && c.Status is null && c.Deadline > now)
                .Select(c => (c, c.Deadline - now))
                .ToImmutableArray();
        return new ClusterAck(node.Sequence, snapshot.Epoch, node.Name, node.WantsInventory, node.Draining, snapshot.ModelsVersion, commands);
    }
}
