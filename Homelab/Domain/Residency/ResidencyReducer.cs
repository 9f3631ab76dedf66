using System.Collections.Immutable;

namespace Homelab.Domain.Residency;

/// <summary>The node's scheduler: one pure function from a snapshot and an event to the next snapshot and the effects it wants.</summary>
internal static class ResidencyReducer
{
    /// <summary>Applies one event.</summary>
    /// <param name="snapshot">The state before.</param>
    /// <param name="change">What happened.</param>
    /// <param name="now">Time since the daemon's start, monotonic.</param>
    /// <param name="leases">The lease counters of all replicas, read just now.</param>
    public static ResidencyStep Apply(ResidencySnapshot snapshot, ResidencyEvent change, TimeSpan now, ImmutableArray<LeaseReading> leases) =>
        new(snapshot with { Version = snapshot.Version + 1 }, []);
}
