using Homelab.Domain.Nodes;

namespace Homelab.Domain.Cluster;

/// <summary>Whether the hub's view is about to become fuller than it is: just after its own start known nodes have not reported yet, and of a node that has just
/// come it does not know yet what it has on disk. Whoever asks meanwhile for what seems to be nowhere waits a moment instead of being refused.</summary>
internal static class ClusterGathering
{
    /// <summary>A daemon that lost its hub tries again every 15 s at the latest.</summary>
    private static readonly TimeSpan Reconnecting = TimeSpan.FromSeconds(20);

    /// <param name="snapshot">The cluster.</param>
    /// <param name="now">The hub's time.</param>
    public static bool IsUnderWay(ClusterSnapshot snapshot, TimeSpan now)
    {
        var moment = 2 * snapshot.Policy.Heartbeat;
        var start = moment > Reconnecting ? moment : Reconnecting;
        var isStarting = now - snapshot.StartedAt < (start < snapshot.Policy.StartGrace ? start : snapshot.Policy.StartGrace);
        foreach (var node in snapshot.Nodes)
        {
            if ((isStarting && node is { Seen: false, Liveness: Liveness.Suspect })
                || (node is { Liveness: Liveness.Live or Liveness.Suspect } && (node.WantsInventory || !node.Seen) && now - node.JoinedAt < moment))
            {
                return true;
            }
        }

        return false;
    }
}
