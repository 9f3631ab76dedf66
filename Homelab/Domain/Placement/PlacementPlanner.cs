using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>Chooses where a request goes: the node with the least expected seconds to the first token. Pure: the same snapshot, demand,
/// readings and time give the same decision, whatever the order in which nodes became known.</summary>
internal static class PlacementPlanner
{
    /// <summary>The decision for one demand.</summary>
    /// <param name="snapshot">The cluster as published.</param>
    /// <param name="demand">What is asked for.</param>
    /// <param name="dispatches">What this hub has under way, read during the call.</param>
    /// <param name="now">Time since the hub's start, monotonic.</param>
    public static PlacementDecision Decide(PlacementSnapshot snapshot, in PlacementDemand demand, IDispatchReading dispatches, TimeSpan now)
    {
        var judge = new CandidateJudge(snapshot, demand, dispatches, now);
        var best = new Choice(default, double.PositiveInfinity);
        var least = demand.Affinity.Node is null ? 0 : LeastOutstanding(snapshot, judge, demand.Model);
        foreach (var chunk in snapshot.Nodes.Chunks)
        {
            foreach (var slot in chunk.Held.Of(demand.Model))
            {
                var node = chunk.Nodes[slot];
                if (node.Find(demand.Model) is { State: not ModelState.Unloading } replica && judge.Barred(node) is null)
                {
                    Consider(ref best, Judge(judge, node, replica, demand.Model, least), demand.Seed);
                }
            }
        }

        foreach (var load in snapshot.Loads.Of(demand.Model))
        {
            if (snapshot.Nodes.Find(load.Node) is { } node && node.Find(demand.Model) is null or { State: ModelState.Unloading } && judge.Barred(node) is null)
            {
                Consider(ref best, Judge(judge, node, null, demand.Model, least), demand.Seed);
            }
        }

        // What is in memory or on its way there has been looked at; everything else costs a whole load, and those are in order of its length.
        foreach (var chunk in snapshot.Nodes.Chunks)
        {
            foreach (ref readonly var entry in chunk.Installed.Of(demand.Model))
            {
                if (entry.LoadSeconds > best.Total)
                {
                    break;
                }

                var node = chunk.Nodes[entry.Slot];
                if (judge.Barred(node) is null && node.Find(demand.Model) is null or { State: ModelState.Unloading })
                {
                    Consider(ref best, judge.Cold(node, entry.Model, best.Total), demand.Seed);
                }
            }
        }

        return double.IsPositiveInfinity(best.Total) ? PlacementRefusal.Of(snapshot, demand, judge) : Act(judge, best.Candidate);
    }

    /// <summary>Every node with its verdict, its terms and a sentence, the choice first.</summary>
    public static PlacementExplanation Explain(PlacementSnapshot snapshot, in PlacementDemand demand, IDispatchReading dispatches, TimeSpan now)
    {
        var judge = new CandidateJudge(snapshot, demand, dispatches, now);
        var least = LeastOutstanding(snapshot, judge, demand.Model);
        var candidates = new List<Candidate>();
        foreach (var node in snapshot.Nodes)
        {
            candidates.Add(Judge(judge, node, demand.Model, least));
        }

        return PlacementExplanation.Of(demand.Model, Decide(snapshot, demand, dispatches, now), candidates, demand.Seed, now);
    }

    /// <summary>One node's full verdict.</summary>
    internal static Candidate Judge(scoped CandidateJudge judge, NodeSnapshot node, ModelName model, int least) =>
        judge.Barred(node) is { } barred
            ? new Candidate(node, barred) { Replica = node.Find(model), Model = node.Inventory.Models.GetValueOrDefault(model) }
            : Judge(judge, node, node.Find(model), model, least);

    /// <summary>Whether one candidate is chosen before another: less time, then what needs nothing new (a load under way before a second one),
    /// then the hash of its id under the demand's seed.</summary>
    internal static bool IsBefore(in Candidate candidate, in Candidate other, long seed)
    {
        if (candidate.Cost.Total != other.Cost.Total)
        {
            return candidate.Cost.Total < other.Cost.Total;
        }

        if (candidate.Verdict != other.Verdict)
        {
            return candidate.Verdict < other.Verdict;
        }

        var (mine, theirs) = (SeededHash.Of(seed, candidate.Node.Id), SeededHash.Of(seed, other.Node.Id));
        return mine != theirs ? mine < theirs : string.CompareOrdinal(candidate.Node.Id, other.Node.Id) < 0;
    }

    private static Candidate Judge(scoped CandidateJudge judge, NodeSnapshot node, NodeReplica? replica, ModelName model, int least) =>
        replica is { IsHot: true } ? judge.Hot(node, replica, least)
        : node.Inventory.Models.TryGetValue(model, out var installed) ? judge.Cold(node, installed, double.PositiveInfinity)
        : new Candidate(node, CandidateVerdict.NotInstalled);

    private static void Consider(ref Choice best, in Candidate candidate, long seed)
    {
        if (candidate.CanServe && (best.Candidate.Node is null || IsBefore(candidate, best.Candidate, seed)))
        {
            best = new Choice(candidate, candidate.Cost.Total);
        }
    }

    private static int LeastOutstanding(PlacementSnapshot snapshot, scoped CandidateJudge judge, ModelName model)
    {
        var least = int.MaxValue;
        foreach (var chunk in snapshot.Nodes.Chunks)
        {
            foreach (var slot in chunk.Held.Of(model))
            {
                var node = chunk.Nodes[slot];
                if (node.Find(model) is { IsHot: true } replica && judge.Barred(node) is null)
                {
                    least = Math.Min(least, judge.Outstanding(node, replica));
                }
            }
        }

        return least == int.MaxValue ? 0 : least;
    }

    private static PlacementDecision Act(scoped CandidateJudge judge, in Candidate chosen) => chosen.Verdict switch
    {
        CandidateVerdict.Hot => new PlacementDecision.Route(chosen.Node, chosen.Replica!, chosen.Cost),
        CandidateVerdict.Waits => new PlacementDecision.Queue(chosen.Node, chosen.Cost, PlacementSentences.WaitsFor(chosen)),
        CandidateVerdict.Loading => new PlacementDecision.Load(chosen.Node, chosen.Cost, chosen.Joins?.Allocation ?? chosen.Replica?.Allocation ?? [], chosen.Joins?.Victims ?? [], chosen.Joins?.Id),
        _ => new PlacementDecision.Load(chosen.Node, chosen.Cost, Allocation(judge, chosen), PlacementSentences.Victims(chosen), null),
    };

    private static ImmutableArray<DeviceAllocation> Allocation(scoped CandidateJudge judge, in Candidate chosen)
    {
        var node = chosen.Node;
        Span<long> room = stackalloc long[node.Memory.Count];
        node.Memory.Free.CopyTo(room);
        judge.TakePending(node, room);
        for (var i = 0; i < Math.Min(64, node.Replicas.Length); i++)
        {
            if ((chosen.Victims & (1UL << i)) != 0)
            {
                node.Memory.Give(room, node.Replicas[i].Allocation);
            }
        }

        return node.Memory.Place(room, chosen.Model!.Memory) ?? [];
    }

    /// <summary>The best so far.</summary>
    private readonly record struct Choice(Candidate Candidate, double Total);
}
