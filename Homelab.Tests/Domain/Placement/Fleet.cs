using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;

namespace Homelab.Tests.Domain.Placement;

/// <summary>Nodes and snapshots as tests write them: sizes in GiB, times in seconds, models by their short names.</summary>
internal static class Fleet
{
    public static ModelName Name(string model) => ModelName.Parse(model);

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static ByteSize GiB(double size) => new((long)(size * (1L << 30)));

    /// <summary>A model on disk; it holds as much as it is large and loads at 1 GiB/s where nothing else is said.</summary>
    public static NodeModel Model(string name, double gib, double? load = null) =>
        new(Name(name), "sha256:" + name, GiB(gib), GiB(gib), Seconds(load ?? gib));

    /// <summary>A hot replica on the node's first GPU.</summary>
    public static NodeReplica Hot(string name, double gib, int capacity = 4, double service = 5, double rate = 1000, double uses = 0, double lastUsed = 0) => new(Name(name), ModelState.Hot)
    {
        Bytes = GiB(gib),
        Allocation = [new DeviceAllocation("gpu0", GiB(gib))],
        Capacity = capacity,
        ServiceTime = Seconds(service),
        PrefillRate = rate,
        UsesPerSecond = uses,
        ReloadTime = Seconds(gib),
        LastUsed = Seconds(lastUsed),
    };

    /// <summary>A replica that others hold.</summary>
    public static NodeReplica Leased(string name, double gib, int leases, int capacity = 4, double service = 5, double rate = 1000) =>
        Hot(name, gib, capacity, service, rate) with { State = ModelState.Leased, Leases = leases, Foreign = leases };

    /// <summary>A live node with one GPU.</summary>
    public static NodeSnapshot Node(string id, double gib, NodeModel[] models, params NodeReplica[] replicas) => new()
    {
        Id = id,
        Name = id,
        ReportedName = id,
        Liveness = Liveness.Live,
        Seen = true,
        BootId = "boot",
        Sequence = 1,
        Address = $"http://{id}:42420",
        Engine = "simulated",
        EngineUp = true,
        Devices = [new DeviceSnapshot("gpu0", DeviceKind.Cuda, GiB(gib), ByteSize.Zero, ByteSize.Zero)],
        LargestBudget = GiB(gib),
        Inventory = NodeInventory.Of("digest", models),
        InventoryDigest = "digest",
        Replicas = [.. replicas.OrderBy(r => r.Model)],
    };

    public static PlacementSnapshot Of(params NodeSnapshot[] nodes) => new(NodeTable.Of(nodes), PendingLoads.None, new PlacementPolicy());

    public static PlacementDecision Decide(this PlacementSnapshot snapshot, string model, IDispatchReading? dispatches = null, double now = 1000) =>
        PlacementPlanner.Decide(snapshot, new PlacementDemand(Name(model)), dispatches ?? NoDispatches.Instance, Seconds(now));

    public static PlacementDecision Decide(this PlacementSnapshot snapshot, PlacementDemand demand, IDispatchReading? dispatches = null, double now = 1000) =>
        PlacementPlanner.Decide(snapshot, demand, dispatches ?? NoDispatches.Instance, Seconds(now));

    /// <summary>Where a decision sends the request; null for a refusal.</summary>
    public static string? Target(PlacementDecision decision) => decision switch
    {
        PlacementDecision.Route route => route.Node.Id,
        PlacementDecision.Load load => load.Node.Id,
        PlacementDecision.Queue queue => queue.Node.Id,
        _ => null,
    };

    /// <summary>The names in an array, for comparing.</summary>
    public static string[] Names(ImmutableArray<ModelName> models) => [.. models.Select(m => m.Value)];
}
