using System.Collections.Immutable;

namespace Homelab.Domain.Cluster;

/// <summary>What an acknowledgement tells a node, beside what the shell adds (interval, leases on an exposed engine).</summary>
/// <param name="Sequence">Of the newest accepted heartbeat of the node.</param>
/// <param name="Epoch">Of the hub.</param>
/// <param name="Name">What the hub calls the node.</param>
/// <param name="SendInventory">The next heartbeat should carry the inventory.</param>
/// <param name="Draining">The operator's wish.</param>
/// <param name="ModelsVersion">Changes when the cluster's list of models does.</param>
/// <param name="Commands">To be sent, with the time left to each one's deadline.</param>
internal sealed record ClusterAck(long Sequence, long Epoch, string Name, bool SendInventory, bool Draining, long ModelsVersion, ImmutableArray<(ClusterCommand Command, TimeSpan Left)> Commands)
{
    /// <summary>Whether a held heartbeat should be answered at once.</summary>
    public bool IsUrgent => SendInventory || !Commands.IsEmpty;
}
