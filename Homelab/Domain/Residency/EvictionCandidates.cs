using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Who may be evicted: the rules that no price can buy off.</summary>
internal static class EvictionCandidates
{
    /// <summary>Replicas that may go at once: idle, waited for by nobody, old enough, neither pinned nor protected.</summary>
    public static ImmutableArray<EvictionCandidate> Idle(ResidencySnapshot snapshot, TimeSpan now) =>
        [.. All(snapshot, now).Where(c => !c.Busy)];

    /// <summary>The same, with busy replicas that could be made to yield.</summary>
    public static ImmutableArray<EvictionCandidate> All(ResidencySnapshot snapshot, TimeSpan now) =>
    [
        .. from record in snapshot.Models.Values
           where record.Replica is { Leaving: null } && record.State is ModelState.Hot or ModelState.Leased
           let replica = record.Replica
           where !IsImmovable(snapshot, record.Name) && now >= StaysUntil(snapshot, replica)
           let busy = replica.Leases > 0 || snapshot.Waiters.Exists(w => w.Model == record.Name && !w.IsOperator)
           select new EvictionCandidate(record.Name, replica.Allocation, UseTracking.RateAt(replica, now) * replica.LoadTime.TotalSeconds, replica.LastUsed, busy),
    ];

    /// <summary>Whether it is never evicted for another model.</summary>
    public static bool IsImmovable(ResidencySnapshot snapshot, ModelName model) => snapshot.Policy.For(model) is { Pin: true } or { Protect: true };

    /// <summary>Until when a replica is too young to be evicted: the longer of the minimum residency and twice its own load time.</summary>
    public static TimeSpan StaysUntil(ResidencySnapshot snapshot, ReplicaRecord replica)
    {
        var least = TimeSpan.FromTicks(Math.Max(snapshot.Policy.MinimumResidency.Ticks, 2 * replica.LoadTime.Ticks));
        return replica.LoadedAt + least > replica.KeptUntil ? replica.LoadedAt + least : replica.KeptUntil;
    }
}
