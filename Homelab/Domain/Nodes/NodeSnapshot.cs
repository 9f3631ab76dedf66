using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Nodes;

/// <summary>One node as a hub knows it: the last accepted heartbeat, the hub's own judgement, and the operator's wishes. Immutable; times are the hub's.</summary>
internal sealed record NodeSnapshot
{
    // Copied by `with` and taken back by the setters of what it was computed from.
    private NodeMemory? _memory;

    /// <summary>Stable id of the node.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it; no two nodes have the same.</summary>
    public required string Name { get; init; }

    /// <summary>What it calls itself, where that was taken already.</summary>
    public string ReportedName { get; init; } = "";

    /// <summary>The hub's judgement.</summary>
    public Liveness Liveness { get; init; } = Liveness.Suspect;

    /// <summary>The operator wants nothing new on it.</summary>
    public bool Draining { get; init; }

    /// <summary>Its daemon finishes what runs and takes nothing new.</summary>
    public bool Stopping { get; init; }

    /// <summary>Of the daemon's run that speaks for the node; empty before the first heartbeat.</summary>
    public string BootId { get; init; } = "";

    /// <summary>Runs before that one, oldest first; their heartbeats are refused for ever. At most <see cref="RememberedBoots"/>.</summary>
    public ImmutableArray<string> OldBoots { get; init; } = [];

    /// <summary>Of the last accepted heartbeat of this run; 0 before the first that this hub saw.</summary>
    public long Sequence { get; init; }

    /// <summary>When the last heartbeat was accepted, or the node became known.</summary>
    public TimeSpan LastContact { get; init; }

    /// <summary>When it joined first, as an earlier run of the hub wrote it down; null where it came to this run.</summary>
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>When it became known to this run of the hub.</summary>
    public TimeSpan JoinedAt { get; init; }

    /// <summary>Whether this run of the hub has had a heartbeat of it.</summary>
    public bool Seen { get; init; }

    /// <summary>Where this hub reaches its daemon; null: nowhere.</summary>
    public string? Address { get; init; }

    /// <summary>Where this hub may reach its engine itself; null: nowhere.</summary>
    public string? ExposedEngine { get; init; }

    /// <summary>The engine's name.</summary>
    public string Engine { get; init; } = "";

    /// <summary>Whether the engine answers.</summary>
    public bool EngineUp { get; init; }

    /// <summary>Why it does not.</summary>
    public string? EngineProblem { get; init; }

    /// <summary>Whether the engine is simulated.</summary>
    public bool Simulated { get; init; }

    /// <summary>Of the daemon.</summary>
    public string Version { get; init; } = "";

    /// <summary>Memory for models.</summary>
    public ImmutableArray<DeviceSnapshot> Devices
    {
        get;
        init
        {
            field = value;
            _memory = null;
        }
    } = [];

    /// <summary>The most that one replica could hold if nothing else were loaded.</summary>
    public ByteSize LargestBudget
    {
        get;
        init
        {
            field = value;
            _memory = null;
        }
    }

    /// <summary>Labels of its configuration.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Kinds of command that it takes, as on the wire.</summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>What it has on disk, as far as the hub was told.</summary>
    public NodeInventory Inventory { get; init; } = NodeInventory.None;

    /// <summary>The digest that its last heartbeat gave; the inventory is wanted where that is another one.</summary>
    public string InventoryDigest { get; init; } = "";

    /// <summary>What it has in memory, in order of name.</summary>
    public ImmutableArray<NodeReplica> Replicas
    {
        get;
        init
        {
            field = value;
            _memory = null;
        }
    } = [];

    /// <summary>What was measured of its models, also of those that are not in memory now.</summary>
    public ImmutableDictionary<ModelName, ModelMeasure> Measures { get; init; } = ImmutableDictionary<ModelName, ModelMeasure>.Empty;

    /// <summary>Requests in its own queue.</summary>
    public int Waiting { get; init; }

    /// <summary>When it was lost lately (ten minutes).</summary>
    public ImmutableArray<TimeSpan> Losses { get; init; } = [];

    /// <summary>Which model went for which lately (five minutes), as seen from its heartbeats.</summary>
    public ImmutableArray<EvictionRecord> Evictions { get; init; } = [];

    /// <summary>Superseded runs that are kept.</summary>
    public const int RememberedBoots = 8;

    /// <summary>How often it was lost lately.</summary>
    public int RecentLosses => Losses.Length;

    /// <summary>Whether new work may go there.</summary>
    public bool TakesWork => Liveness == Liveness.Live && !Draining && !Stopping && EngineUp && Address is not null;

    /// <summary>Whether the hub must ask for the inventory.</summary>
    public bool WantsInventory => Seen && Liveness != Liveness.Left && !string.Equals(InventoryDigest, Inventory.Digest, StringComparison.Ordinal);

    /// <summary>Its devices as numbers. Computed when first asked for; two threads that ask at once compute the same.</summary>
    public NodeMemory Memory => _memory ??= NodeMemory.Of(Devices, Replicas, LargestBudget);

    /// <summary>Snapshots are compared by identity: a changed node is another object.</summary>
    public bool Equals(NodeSnapshot? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>The replica of one model, whatever its state; null where there is none.</summary>
    public NodeReplica? Find(ModelName model)
    {
        foreach (var replica in Replicas)
        {
            if (replica.Model == model)
            {
                return replica;
            }
        }

        return null;
    }
}
