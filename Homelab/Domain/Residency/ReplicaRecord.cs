using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>A model in memory.</summary>
/// <param name="Settings">With what it was loaded.</param>
/// <param name="Allocation">What it holds, by device, as measured where the engine says.</param>
/// <param name="LoadedAt">When it became hot (or was first seen), in time since the daemon's start.</param>
/// <param name="LoadTime">How long its load took, or would take; the price of evicting it.</param>
/// <param name="Foreign">Whether it was loaded by somebody else.</param>
/// <param name="LastUsed">Last known use, ours or others'.</param>
/// <param name="UseRate">Recent uses a second, exponentially averaged.</param>
/// <param name="Gate">Whether requests may take leases on it.</param>
/// <param name="YieldTo">The model whose waiters it is held back for, past the maximum hold; null otherwise.</param>
internal sealed record ReplicaRecord(
    LoadSettings Settings,
    ImmutableArray<DeviceAllocation> Allocation,
    TimeSpan LoadedAt,
    TimeSpan LoadTime,
    bool Foreign,
    TimeSpan LastUsed,
    double UseRate,
    GateState Gate,
    ModelName? YieldTo = null)
{
    /// <summary>Leases granted up to the last reading, to see how many were added since. Null before the first: the shell's counter may
    /// have counted on from an earlier replica.</summary>
    public long? Served { get; init; }

    /// <summary>Whether a request of ours has used it.</summary>
    public bool UsedHere { get; init; }

    /// <summary>Whether another model is installed under its name by now; it serves no more requests and is loaded again.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>The load that brought it; 0 for one that somebody else loaded.</summary>
    public long LoadId { get; init; }

    /// <summary>Of an app: the manifest by which it runs.</summary>
    public string? Digest { get; init; }

    /// <summary>Leases held at the last reading.</summary>
    public int Leases { get; init; }

    /// <summary>When <c>UseRate</c> was brought up to date; it decays from then on.</summary>
    public TimeSpan RatedAt { get; init; }

    /// <summary>Why it leaves memory; null while it stays.</summary>
    public UnloadReason? Leaving { get; init; }

    /// <summary>Whose load needs its room; set when it is evicted.</summary>
    public ModelName? EvictedFor { get; init; }

    /// <summary>How far its leaving has come.</summary>
    public DrainPhase Phase { get; init; }

    /// <summary>Observations in a row that did not list it.</summary>
    public int Missing { get; init; }

    /// <summary>After an unload that failed: not tried again before, in time since the daemon's start.</summary>
    public TimeSpan KeptUntil { get; init; }
}
