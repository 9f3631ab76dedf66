using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;

namespace Homelab.Bench.Placement;

/// <summary>The hub's planner over what heartbeats would say, and the node's own choice of who goes.</summary>
internal sealed class OurRule(PlacementPolicy policy) : IPolicyRule, IDispatchReading
{
    private static readonly ModelName[] Names = [.. Enumerable.Range(0, PolicyTrace.Sizes.Length).Select(i => ModelName.Parse($"m{i:00}"))];
    private readonly Dictionary<int, NodeInventory> _inventories = [];
    private PolicyCluster _cluster = null!;

    public string Name => "homelab";

    public PolicyNode Choose(PolicyCluster cluster, PolicyRequest request)
    {
        _cluster = cluster;
        var table = NodeTable.Of(cluster.Nodes.Select(n => Snapshot(n, cluster.Now)));
        var demand = new PlacementDemand(Names[request.Model]) { PromptTokens = 500, Seed = request.Model };
        var node = PlacementPlanner.Decide(new PlacementSnapshot(table, PendingLoads.None, policy), demand, this, TimeSpan.FromSeconds(cluster.Now)) switch
        {
            PlacementDecision.Route route => route.Node,
            PlacementDecision.Load load => load.Node,
            PlacementDecision.Queue queue => queue.Node,
            var other => throw new InvalidOperationException($"{other}"),
        };
        return cluster.Nodes[node.Id[^1] - '0'];
    }

    public int InFlight(string nodeId, ModelName model) =>
        _cluster.Nodes[nodeId[^1] - '0'].Replicas.TryGetValue(Array.IndexOf(Names, model), out var replica) ? replica.Outstanding : 0;

    public IReadOnlyList<PolicyReplica> Victims(PolicyCluster cluster, PolicyNode node, int model, IReadOnlyList<PolicyReplica> movable)
    {
        _cluster = cluster;
        var snapshot = Snapshot(node, cluster.Now);
        var bits = 0UL;
        var busy = 0UL;
        foreach (var replica in movable)
        {
            var at = snapshot.Replicas.IndexOf(snapshot.Find(Names[replica.Model])!);
            bits |= 1UL << at;
            busy |= replica.IsIdle ? 0 : 1UL << at;
        }

        var victims = VictimChoice.Cheapest(snapshot, bits, busy, snapshot.Memory.Free, GiB(PolicyTrace.Sizes[model]).Bytes, double.PositiveInfinity);
        return [.. movable.Where(r => (victims & (1UL << snapshot.Replicas.IndexOf(snapshot.Find(Names[r.Model])!))) != 0)];
    }

    private static ByteSize GiB(int size) => ByteSize.FromGibibytes(size);

    private NodeSnapshot Snapshot(PolicyNode node, double now)
    {
        if (!_inventories.TryGetValue(node.Index, out var inventory))
        {
            _inventories[node.Index] = inventory = NodeInventory.Of("digest", Names.Select((name, i) => new NodeModel(name, "", GiB(PolicyTrace.Sizes[i]), GiB(PolicyTrace.Sizes[i]), TimeSpan.FromSeconds(node.LoadSeconds(i)))));
        }

        return new NodeSnapshot
        {
            Id = $"node{node.Index}",
            Name = $"node{node.Index}",
            Liveness = Liveness.Live,
            EngineUp = true,
            Address = "http://node",
            Devices = [new DeviceSnapshot("gpu0", DeviceKind.Cuda, GiB(node.Gib), ByteSize.Zero, ByteSize.Zero)],
            LargestBudget = GiB(node.Gib),
            Inventory = inventory,
            Replicas = [.. node.Replicas.Values.Where(r => r.Placed).Select(r => Replica(node, r, now))],
        };
    }

    private NodeReplica Replica(PolicyNode node, PolicyReplica replica, double now) => new(
        Names[replica.Model],
        replica.Yielding ? ModelState.Unloading : !replica.Hot ? ModelState.Loading : replica.Running > 0 ? ModelState.Leased : ModelState.Hot)
    {
        Bytes = GiB(PolicyTrace.Sizes[replica.Model]),
        Allocation = ImmutableArray.Create(new DeviceAllocation("gpu0", GiB(PolicyTrace.Sizes[replica.Model]))),
        Leases = replica.Running,
        Capacity = PolicyNode.Places,
        LastUsed = TimeSpan.FromSeconds(replica.LastUsed),
        KeptUntil = TimeSpan.FromSeconds(_cluster.KeptUntil(node, replica)),
        ReloadTime = TimeSpan.FromSeconds(node.LoadSeconds(replica.Model)),
        UsesPerSecond = replica.RateAt(now),
        ServiceTime = TimeSpan.FromSeconds(6),
        ReadyAt = replica.Hot ? null : TimeSpan.FromSeconds(replica.ReadyAt),
    };
}
