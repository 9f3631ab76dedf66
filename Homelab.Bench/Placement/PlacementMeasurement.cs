using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;

namespace Homelab.Bench.Placement;

/// <summary>Times one placement decision in clusters of growing size: 200 models, 3 of them in memory on each node, some of those in use.</summary>
internal static class PlacementMeasurement
{
    private const int Models = 200;
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1000);

    public static void Run()
    {
        Console.WriteLine("| nodes x models on each | demand | p50, µs | p99, µs | bytes allocated |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: |");
        foreach (var nodes in (int[])[10, 1_000, 10_000])
        {
            foreach (var each in (int[])[20, Models])
            {
                var snapshot = Build(nodes, each);
                Report(snapshot, $"{nodes} x {each}", "any of 200", hot: false, beats: false);
                Report(snapshot, $"{nodes} x {each}", "in memory somewhere", hot: true, beats: false);
                Report(snapshot, $"{nodes} x {each}", "any of 200, a heartbeat before each", hot: false, beats: true);
            }
        }
    }

    private static void Report(PlacementSnapshot snapshot, string size, string demand, bool hot, bool beats)
    {
        var held = snapshot.Nodes.SelectMany(n => n.Replicas.Select(r => r.Model)).ToHashSet();
        var all = snapshot.Nodes.SelectMany(n => n.Inventory.Models.Keys).Distinct().Where(m => !hot || held.Contains(m)).Order().ToArray();
        var random = new Random(7);
        var ids = snapshot.Nodes.Select(n => n.Id).ToArray();
        var times = new double[4000];
        var bytes = 0L;
        for (var i = -1000; i < times.Length; i++)
        {
            var placed = new PlacementDemand(all[random.Next(all.Length)]) { PromptTokens = 500, Seed = i };
            if (beats)
            {
                var node = snapshot.Nodes.Find(ids[random.Next(ids.Length)])!;
                snapshot = snapshot with { Nodes = snapshot.Nodes.With(node with { Replicas = Replicas(random, node.Inventory) }) };
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            var began = Stopwatch.GetTimestamp();
            PlacementPlanner.Decide(snapshot, placed, NoDispatches.Instance, Now);
            var took = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            if (i >= 0)
            {
                times[i] = took;
                bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        Array.Sort(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {size} | {demand} | {times[times.Length / 2]:0.0} | {times[times.Length * 99 / 100]:0.0} | {bytes / times.Length} |"));
    }

    private static PlacementSnapshot Build(int count, int each)
    {
        var random = new Random(count + each);
        var sizes = Enumerable.Range(0, Models).Select(_ => 2 + random.Next(20)).ToArray();
        var nodes = Enumerable.Range(0, count).Select(i =>
        {
            var installed = Enumerable.Range(0, Models).OrderBy(_ => random.Next()).Take(each).Select(m => new NodeModel(
                Name(m), "digest", GiB(sizes[m]), GiB(sizes[m]), TimeSpan.FromSeconds(sizes[m] * (0.5 + random.NextDouble()))));
            var inventory = NodeInventory.Of("digest", installed);
            var budget = GiB(24 * (1 + random.Next(2)));
            return new NodeSnapshot
            {
                Id = $"node-{i:00000}",
                Name = $"node-{i:00000}",
                Liveness = Liveness.Live,
                Seen = true,
                EngineUp = true,
                Address = "http://node:42420",
                Devices = [new DeviceSnapshot("gpu0", DeviceKind.Cuda, budget, ByteSize.Zero, ByteSize.Zero)],
                LargestBudget = budget,
                Inventory = inventory,
                InventoryDigest = "digest",
                Replicas = Replicas(random, inventory),
            };
        });
        return new PlacementSnapshot(NodeTable.Of(nodes), PendingLoads.None, new PlacementPolicy());
    }

    private static ImmutableArray<NodeReplica> Replicas(Random random, NodeInventory inventory)
    {
        var small = inventory.Models.Values.OrderBy(_ => random.Next()).Where(m => m.Memory <= GiB(8)).Take(3);
        return
        [
            .. small.Select(m => new NodeReplica(m.Name, random.Next(3) == 0 ? ModelState.Leased : ModelState.Hot) is var replica ? replica with
            {
                Bytes = m.Memory,
                Allocation = [new DeviceAllocation("gpu0", m.Memory)],
                Leases = replica.State == ModelState.Leased ? 2 : 0,
                Foreign = replica.State == ModelState.Leased ? 2 : 0,
                Capacity = 4,
                ReloadTime = m.LoadTime,
                UsesPerSecond = random.NextDouble() / 100,
                PrefillRate = 500 + random.Next(2000),
                ServiceTime = TimeSpan.FromSeconds(5),
            } : replica).OrderBy(r => r.Model),
        ];
    }

    private static ModelName Name(int model) => ModelName.Parse($"model-{model:000}:8b");

    private static ByteSize GiB(int size) => ByteSize.FromGibibytes(size);
}
