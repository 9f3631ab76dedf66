using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Nodes;

/// <summary>A model that a node holds in memory, or is bringing there or taking out, as its last heartbeat said. Times are the hub's.</summary>
/// <param name="Model">Canonical name.</param>
/// <param name="State"><see cref="ModelState.Loading"/>, <see cref="ModelState.Hot"/>, <see cref="ModelState.Leased"/> or <see cref="ModelState.Unloading"/>.</param>
internal sealed record NodeReplica(ModelName Model, ModelState State)
{
    /// <summary>What it holds, or has reserved.</summary>
    public ByteSize Bytes { get; init; }

    /// <summary>The same by device.</summary>
    public ImmutableArray<DeviceAllocation> Allocation { get; init; } = [];

    /// <summary>Requests that held it when the heartbeat was sent, whoever sent them.</summary>
    public int Leases { get; init; }

    /// <summary>Of those, the ones that did not come from this hub.</summary>
    public int Foreign { get; init; }

    /// <summary>Leases granted at the same time; at least 1.</summary>
    public int Capacity { get; init; } = 1;

    /// <summary>Requests that wait for it in the node's own queue and are none of this hub's.</summary>
    public int Waiting { get; init; }

    /// <summary>Last known use.</summary>
    public TimeSpan LastUsed { get; init; }

    /// <summary>Until when the node does not evict it for another model.</summary>
    public TimeSpan KeptUntil { get; init; }

    /// <summary>How long loading it again would take.</summary>
    public TimeSpan ReloadTime { get; init; }

    /// <summary>Recent uses a second.</summary>
    public double UsesPerSecond { get; init; }

    /// <summary>Whether the node keeps it loaded.</summary>
    public bool Pinned { get; init; }

    /// <summary>Whether the node never evicts it for another model.</summary>
    public bool Protected { get; init; }

    /// <summary>Tokens of context that it was loaded with; null where the node does not say.</summary>
    public int? Context { get; init; }

    /// <summary>What the engine calls it.</summary>
    public string EngineModel { get; init; } = "";

    /// <summary>Mean time that a request holds a lease; null until measured.</summary>
    public TimeSpan? ServiceTime { get; init; }

    /// <summary>Tokens of prompt a second; null until measured.</summary>
    public double? PrefillRate { get; init; }

    /// <summary>Tokens of answer a second; null until measured.</summary>
    public double? DecodeRate { get; init; }

    /// <summary>While it is loading: when it is expected to be hot; null where the node cannot tell.</summary>
    public TimeSpan? ReadyAt { get; init; }

    /// <summary>Whether it can serve.</summary>
    public bool IsHot => State is ModelState.Hot or ModelState.Leased;

    /// <summary>Whether it is never evicted for another model.</summary>
    public bool IsImmovable => Pinned || Protected;
}
