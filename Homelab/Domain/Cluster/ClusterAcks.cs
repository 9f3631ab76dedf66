using System.Collections.Immutable;

namespace Homelab.Domain.Cluster;

/// <summary>What a node is told in answer to its heartbeat. Pure: asked when the answer is sent, so a held heartbeat carries the newest.</summary>
internal static class ClusterAcks
{
    /// <summary>The acknowledgement for a run of a node; null where the hub does not know the node (any more) or another run speaks for it by
    /// now: that one's sequence would tell this one that its results were taken, and its commands are not this one's.</summary>
    public static ClusterAck? For(ClusterSnapshot snapshot, string nodeId, string bootId, TimeSpan now)
    {
        if (snapshot.Nodes.Find(nodeId) is not { } node || node.BootId != bootId)
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
