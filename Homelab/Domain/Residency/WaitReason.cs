using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>For whom, and why, a demand that will be served must wait.</summary>
internal static class WaitReason
{
    /// <summary>Replicas on their way out.</summary>
    public static ImmutableArray<ModelName> Leaving(ResidencySnapshot snapshot) =>
        [.. snapshot.Models.Values.Where(m => m.Replica?.Leaving is not null).Select(m => m.Name)];

    public static string ForLeaving(ResidencySnapshot snapshot) => $"{Phrases.List(Leaving(snapshot))} must be out of memory first";

    /// <summary>Whoever holds room that could become free.</summary>
    public static ImmutableArray<ModelName> Blockers(ResidencySnapshot snapshot) =>
        [.. snapshot.Models.Values.Where(m => (m.Replica is not null || m.Load is not null) && !EvictionCandidates.IsImmovable(snapshot, m.Name)).Select(m => m.Name)];

    /// <summary>What each of them is doing, in one sentence.</summary>
    public static string ForRoom(ResidencySnapshot snapshot, TimeSpan now)
    {
        var parts = Blockers(snapshot).Select(name => Describe(snapshot, snapshot.Models[name], now)).ToArray();
        return parts.Length == 0 ? "the memory is held by others" : string.Join("; ", parts);
    }

    private static string Describe(ResidencySnapshot snapshot, ModelRecord record, TimeSpan now)
    {
        if (record.Replica is not { } replica)
        {
            return $"{record.Name} is being {Phrases.Loaded(record.Name)}";
        }

        if (replica.Leaving is not null)
        {
            return $"{record.Name} is leaving memory";
        }

        if (replica.Leases > 0)
        {
            return $"{record.Name} serves {Phrases.Count(replica.Leases, "request")}";
        }

        var until = EvictionCandidates.StaysUntil(snapshot, replica);
        return now < until ? $"{record.Name} was just {Phrases.Loaded(record.Name)} and stays for another {Phrases.Short(until - now)}"
            : snapshot.Waiters.Exists(w => w.Model == record.Name) ? $"{record.Name} has requests waiting"
            : $"{record.Name} is idle but does not free enough";
    }
}
