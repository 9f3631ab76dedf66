using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Nodes;

/// <summary>One heartbeat in the domain's types. Whoever makes it has checked the ranges and turned every age into the hub's time, so that
/// nothing here depends on a node's clock.</summary>
/// <param name="NodeId">Whose it is; the caller has checked that the credential is this node's.</param>
/// <param name="BootId">Of the daemon's run.</param>
/// <param name="Sequence">Grows by 1 with each heartbeat of a run.</param>
internal sealed record HeartbeatReport(string NodeId, string BootId, long Sequence)
{
    /// <summary>What the node calls itself.</summary>
    public required string Name { get; init; }

    /// <summary>What it says of itself.</summary>
    public NodeReportState State { get; init; }

    /// <summary>The highest epoch of this hub that it has seen; 0: none.</summary>
    public long EpochSeen { get; init; }

    /// <summary>Of the daemon.</summary>
    public string Version { get; init; } = "";

    /// <summary>Where this hub reaches the daemon; null: nowhere.</summary>
    public string? Address { get; init; }

    /// <summary>Where this hub may reach the engine itself; null: nowhere.</summary>
    public string? ExposedEngine { get; init; }

    /// <summary>The engine's name.</summary>
    public string Engine { get; init; } = "";

    /// <summary>Whether the engine answers.</summary>
    public bool EngineUp { get; init; }

    /// <summary>Why it does not.</summary>
    public string? EngineProblem { get; init; }

    /// <summary>Whether the engine is simulated.</summary>
    public bool Simulated { get; init; }

    /// <summary>Memory for models.</summary>
    public ImmutableArray<DeviceSnapshot> Devices { get; init; } = [];

    /// <summary>The most that one replica could hold if nothing else were loaded.</summary>
    public ByteSize LargestBudget { get; init; }

    /// <summary>Requests in the node's own queue.</summary>
    public int Waiting { get; init; }

    /// <summary>Labels of the node's configuration.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Kinds of command that it takes, as on the wire.</summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>What is in memory, on its way there or out. <see cref="NodeReplica.Foreign"/> is left to the reducer.</summary>
    public ImmutableArray<NodeReplica> Replicas { get; init; } = [];

    /// <summary>Of what is on disk.</summary>
    public string InventoryDigest { get; init; } = "";

    /// <summary>What is on disk; null where the heartbeat did not carry it.</summary>
    public NodeInventory? Inventory { get; init; }

    /// <summary>What became of commands.</summary>
    public ImmutableArray<CommandReport> Results { get; init; } = [];
}
