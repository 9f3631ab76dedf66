using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Cluster;

/// <summary>Says once a window that two models chase each other off a node.</summary>
internal static class ClusterThrash
{
    public static void OnBeat(ClusterTurn turn, NodeSnapshot before, NodeSnapshot node)
    {
        if (node.Evictions.Length < 2 || node.Evictions == before.Evictions)
        {
            return;
        }

        var policy = turn.Policy.Placement;
        var latest = node.Evictions[^1];
        var (first, second) = latest.Victim.CompareTo(latest.For) < 0 ? (latest.Victim, latest.For) : (latest.For, latest.Victim);
        var there = Count(node, first, second);
        var back = Count(node, second, first);
        var reported = turn.Snapshot.ThrashReported.RemoveRange(turn.Snapshot.ThrashReported.Where(r => r.Value <= turn.Now - policy.ThrashWindow).Select(r => r.Key));
        if (there > 0 && back > 0 && there + back > policy.ThrashCount && !reported.ContainsKey((node.Id, first, second)))
        {
            reported = reported.SetItem((node.Id, first, second), turn.Now);
            turn.Announce(
                ClusterAnnouncements.Thrash,
                node,
                first,
                $"{first} and {second} evicted each other {there + back} times on {node.Name} within {Phrases.Short(policy.ThrashWindow)}: they do not fit together there",
                ("models", $"{first} {second}"),
                ("evictions", $"{there + back}"));
        }

        turn.Snapshot = turn.Snapshot with { ThrashReported = reported };
    }

    private static int Count(NodeSnapshot node, ModelName victim, ModelName beneficiary) =>
        node.Evictions.Count(e => e.Victim == victim && e.For == beneficiary);
}
