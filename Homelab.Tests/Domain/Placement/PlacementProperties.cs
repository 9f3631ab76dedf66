using CsCheck;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Placement;

/// <summary>Whatever the cluster looks like, a decision keeps its promises. On a failure CsCheck prints the seed and the shortest case found.</summary>
public sealed class PlacementProperties
{
    private static readonly string[] Models = ["m", "b", "c", "d", "e"];
    private static readonly double[] Budgets = [8, 16, 24, 48];
    private static readonly double[] Sizes = [2, 5, 8, 13, 30];

    private static readonly Gen<NodeSnapshot> Nodes = Gen.Select(
        Gen.Int[0, 3],
        Gen.Int[0, 9],
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 9], Gen.Int[0, 5], Gen.Int[0, 3]).Array[0, 4],
        Gen.Int[0, 31],
        Gen.Int[0, 20]).Select(Build);

    private static readonly Gen<Case> Cases = Gen.Select(
        Nodes.Array[0, 9],
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, 4]).Array[0, 3],
        Gen.Int[0, 9].Array[45],
        Gen.Int[0, 1000],
        Gen.Int[0, 3]).Select((nodes, loads, inFlight, seed, extra) => new Case(nodes, loads, inFlight, seed, extra));

    [Fact]
    public void Decision_is_the_best_candidate_by_looking_at_all_of_them_and_never_a_node_that_takes_no_work() => Cases.Sample(
        sample =>
        {
            var (snapshot, demand, dispatches) = Arrange(sample, sample.Nodes);
            var judge = new CandidateJudge(snapshot, demand, dispatches, Seconds(1000));
            var outstanding = new List<int>();
            foreach (var node in snapshot.Nodes)
            {
                if (judge.Barred(node) is null && node.Find(demand.Model) is { IsHot: true } replica)
                {
                    outstanding.Add(judge.Outstanding(node, replica));
                }
            }

            Candidate? best = null;
            foreach (var node in snapshot.Nodes)
            {
                var candidate = PlacementPlanner.Judge(judge, node, demand.Model, outstanding.DefaultIfEmpty(0).Min());
                if (candidate.CanServe && (best is null || PlacementPlanner.IsBefore(candidate, best.Value, demand.Seed)))
                {
                    best = candidate;
                }
            }

            var decision = PlacementPlanner.Decide(snapshot, demand, dispatches, Seconds(1000));

            Assert.Equal(best?.Node.Id, Target(decision));
            if (best is { Node: var chosen })
            {
                Assert.True(chosen.TakesWork);
                Assert.NotEqual(demand.Origin, chosen.Id);
                Assert.DoesNotContain(chosen.Id, demand.Excluded);
            }
        },
        iter: 4000);

    [Fact]
    public void Load_goes_within_the_budget_beside_what_stays_and_what_is_ordered_and_evicts_only_who_may_go() => Cases.Sample(
        sample =>
        {
            var (snapshot, demand, dispatches) = Arrange(sample, sample.Nodes);
            if (PlacementPlanner.Decide(snapshot, demand, dispatches, Seconds(1000)) is not PlacementDecision.Load { Joins: null } load || load.Node.Find(demand.Model) is { State: ModelState.Loading })
            {
                return;
            }

            var gone = load.Victims.Concat(snapshot.Loads.On(load.Node.Id).SelectMany(l => l.Victims)).ToHashSet();
            var held = load.Node.Replicas.Where(r => r.State != ModelState.Unloading && !gone.Contains(r.Model)).SelectMany(r => r.Allocation);
            var reserved = snapshot.Loads.On(load.Node.Id).Where(l => load.Node.Find(l.Model) is null or { State: ModelState.Unloading }).SelectMany(l => l.Allocation);
            var rooms = MemoryLedger.Rooms(load.Node.Devices, held, reserved).ToDictionary(r => r.Name, r => r.Free);
            Assert.Equal(load.Node.Inventory.Models[demand.Model].Memory.Bytes, load.Allocation.Sum(a => a.Bytes.Bytes));
            Assert.All(load.Allocation, part => Assert.True(part.Bytes <= rooms[part.Device], $"{part} in {rooms[part.Device]}"));
            Assert.All(load.Victims, victim =>
            {
                var replica = load.Node.Find(victim)!;
                Assert.True(replica is { State: ModelState.Hot, Leases: 0, Pinned: false, Protected: false } && replica.KeptUntil <= Seconds(1000));
                Assert.Equal(0, dispatches.InFlight(load.Node.Id, victim));
            });
        },
        iter: 4000);

    [Fact]
    public void Order_in_which_nodes_became_known_changes_nothing() => Cases.Sample(
        sample =>
        {
            var (snapshot, demand, dispatches) = Arrange(sample, sample.Nodes);
            var (other, _, _) = Arrange(sample, [.. Enumerable.Reverse(sample.Nodes)]);

            Assert.Equal(
                PlacementPlanner.Explain(snapshot, demand, dispatches, Seconds(1000)).ToString(),
                PlacementPlanner.Explain(other, demand, dispatches, Seconds(1000)).ToString());
        },
        iter: 1000);

    private static (PlacementSnapshot Snapshot, PlacementDemand Demand, Dispatches Dispatches) Arrange(Case sample, NodeSnapshot[] order)
    {
        var ids = sample.Nodes.Select((n, i) => (n, Id: $"n{i}")).ToDictionary(p => p.n, p => p.Id);
        var table = order.Aggregate(NodeTable.Empty, (all, node) => all.With(node with { Id = ids[node], Name = ids[node] }));
        var loads = PendingLoads.None;
        var dispatches = new Dispatches();
        foreach (var (at, model) in sample.Loads)
        {
            if (table.Find($"n{at}") is { } node && loads.Find(node.Id, Name(Models[model])) is null && node.Inventory.Models.TryGetValue(Name(Models[model]), out var installed)
                && Of([.. table]) is var all && (all with { Loads = loads }).Decide(new PlacementDemand(installed.Name) { Node = node.Id }) is PlacementDecision.Load { Joins: null } load)
            {
                loads = loads.With(new PendingLoad($"load-{loads.Count}", node.Id, installed.Name) { Allocation = load.Allocation, Victims = load.Victims, ReadyAt = Seconds(1005), Waiting = at });
            }
        }

        for (var i = 0; i < sample.InFlight.Length; i++)
        {
            dispatches[$"n{i / 5}", Models[i % 5]] = Math.Max(0, sample.InFlight[i] - 6);
        }

        var demand = new PlacementDemand(Name("m"))
        {
            PromptTokens = sample.Seed * 4,
            Seed = sample.Seed,
            Origin = sample.Extra == 1 ? "n1" : null,
            Excluded = sample.Extra == 2 ? ["n0", "n2"] : [],
            Affinity = sample.Extra == 3 ? new PrefixMatch("n1", 0.8) : default,
        };
        return (new PlacementSnapshot(table, loads, new PlacementPolicy()), demand, dispatches);
    }

    private static NodeSnapshot Build(int budget, int standing, (int Model, int State, int Leases, int Uses)[] replicas, int installed, int extra)
    {
        var gib = Budgets[budget];
        var node = Node("", gib, [.. Models.Where((_, i) => (installed & (1 << i)) != 0).Select((m, i) => Model(m, Sizes[(i + budget + extra) % 5]) with
        {
            Failure = extra == 20 ? new FailureRecord("out of memory", 1, Seconds(1010)) : null,
        })]);
        var free = gib;
        foreach (var (model, state, leases, uses) in replicas)
        {
            var size = Sizes[(model + state) % 4];
            if (node.Find(Name(Models[model])) is not null || size > free)
            {
                continue;
            }

            free -= size;
            var replica = Hot(Models[model], size, uses: uses / 200.0, lastUsed: 900 + leases) with
            {
                State = state switch { 0 => ModelState.Loading, 1 => ModelState.Unloading, < 5 when leases > 0 => ModelState.Leased, _ => ModelState.Hot },
                Leases = state is > 1 and < 5 ? leases : 0,
                Foreign = state is > 1 and < 5 ? leases : 0,
                Pinned = state == 8,
                Protected = state == 9,
                KeptUntil = Seconds(uses == 3 ? 1020 : 0),
                ReadyAt = state == 0 ? Seconds(1003) : null,
            };
            node = node with { Replicas = [.. node.Replicas.Append(replica).OrderBy(r => r.Model)] };
        }

        return standing switch
        {
            0 => node with { Liveness = Liveness.Suspect },
            1 => node with { Liveness = Liveness.Lost },
            2 => node with { Draining = true },
            3 => node with { EngineUp = false },
            4 => node with { Losses = [Seconds(900), Seconds(910), Seconds(920)], Evictions = [new EvictionRecord(Name("m"), Name("b"), Seconds(950))] },
            _ => node,
        };
    }

    private sealed record Case(NodeSnapshot[] Nodes, (int Node, int Model)[] Loads, int[] InFlight, int Seed, int Extra);
}
