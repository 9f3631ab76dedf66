using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Recognises two models that chase each other off the node, and says so once a window.</summary>
internal static class ThrashDetector
{
    /// <summary>Notes an eviction.</summary>
    public static void OnEvicted(ResidencyTurn turn, ModelName victim, ModelName beneficiary)
    {
        var since = turn.Now - turn.Policy.ThrashWindow;
        var recent = turn.Snapshot.RecentEvictions.RemoveAll(e => e.At <= since).Add(new EvictionRecord(victim, beneficiary, turn.Now));
        var reported = turn.Snapshot.ThrashReported.RemoveRange(turn.Snapshot.ThrashReported.Where(r => r.Value <= since).Select(r => r.Key));
        turn.Snapshot = turn.Snapshot with { RecentEvictions = recent, ThrashReported = reported };

        var pair = victim.CompareTo(beneficiary) < 0 ? (victim, beneficiary) : (beneficiary, victim);
        var there = recent.Count(e => e.Victim == pair.Item1 && e.For == pair.Item2);
        var back = recent.Count(e => e.Victim == pair.Item2 && e.For == pair.Item1);
        if (there == 0 || back == 0 || there + back < turn.Policy.ThrashCount || reported.ContainsKey(pair))
        {
            return;
        }

        turn.Snapshot = turn.Snapshot with { ThrashReported = reported.SetItem(pair, turn.Now) };
        turn.Announce(
            AnnouncementTypes.Thrash,
            victim,
            $"{pair.Item1} and {pair.Item2} evicted each other {there + back} times within {Phrases.Short(turn.Policy.ThrashWindow)}: they do not fit together; use a smaller context or model, or another node for one of them",
            ("models", $"{pair.Item1} {pair.Item2}"),
            ("evictions", $"{there + back}"),
            ("window_seconds", Phrases.Seconds(turn.Policy.ThrashWindow)));
    }
}
