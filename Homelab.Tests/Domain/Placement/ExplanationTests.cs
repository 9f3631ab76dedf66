using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using Homelab.Tests.Snapshots;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Placement;

/// <summary>What <c>explain</c> shows of a placement.</summary>
public sealed class ExplanationTests
{
    [Fact]
    public void Acceptance_30_same_seed_and_same_cluster_give_the_same_placement_and_the_same_words()
    {
        var demand = new PlacementDemand(Name("m")) { PromptTokens = 800, Seed = 30, Origin = "laptop", Excluded = ["refuser"], Affinity = new PrefixMatch("hot", 0.5) };
        var dispatches = new Dispatches { ["hot", "m"] = 6, ["hotter", "m"] = 3 };

        var text = PlacementPlanner.Explain(Everything([]), demand, dispatches, Seconds(1000)).ToString();

        VerifiedSnapshot.Match(text);
        for (var seed = 0; seed < 20; seed++)
        {
            Assert.Equal(text, PlacementPlanner.Explain(Everything([seed]), demand, dispatches, Seconds(1000)).ToString());
        }
    }

    [Fact]
    public void Chosen_candidate_is_the_first_and_is_where_the_decision_goes()
    {
        var explanation = PlacementPlanner.Explain(Everything([]), new PlacementDemand(Name("m")), NoDispatches.Instance, Seconds(1000));

        Assert.True(explanation.Candidates[0].Chosen);
        Assert.Single(explanation.Candidates, c => c.Chosen);
        Assert.Equal(Target(explanation.Decision), explanation.Candidates[0].Node);
        Assert.All(explanation.Candidates, c => Assert.Equal(c.Verdict <= CandidateVerdict.Waits, c.Cost is not null));
    }

    [Fact]
    public void Refusal_is_explained_with_every_node_that_could_not_serve() =>
        Assert.Equal(
            """
            m:latest needs 40 GiB and the largest budget of any node that has it is 24 GiB, on a
              a is too small: m:latest needs 40 GiB and its largest budget is 24 GiB
              b does not have m:latest

            """.ReplaceLineEndings("\n"),
            PlacementPlanner.Explain(Of(Node("a", 24, [Model("m", 40)]), Node("b", 24, [])), new PlacementDemand(Name("m")), NoDispatches.Instance, Seconds(1000)).ToString());

    /// <summary>A node for every verdict.</summary>
    private static PlacementSnapshot Everything(int[] shuffle)
    {
        NodeSnapshot[] nodes =
        [
            Node("hot", 24, [Model("m", 8)], Hot("m", 8)),
            Node("hotter", 24, [Model("m", 8)], Hot("m", 8, rate: 2000)),
            Node("loading", 24, [Model("m", 8)], Hot("m", 8) with { State = ModelState.Loading, ReadyAt = Seconds(1004) }),
            Node("ordered", 24, [Model("m", 8)]),
            Node("roomy", 24, [Model("m", 8)], Hot("x", 8)),
            Node("full", 24, [Model("m", 8)], Hot("x", 20, uses: 0.002)) with { Evictions = [new EvictionRecord(Name("m"), Name("x"), Seconds(990))], Losses = [Seconds(600), Seconds(700), Seconds(800)] },
            Node("busy", 24, [Model("m", 8)], Leased("x", 20, 2)),
            Node("small", 4, [Model("m", 8)]),
            Node("pinned", 24, [Model("m", 8)], Hot("x", 20) with { Pinned = true }),
            Node("failed", 24, [Model("m", 8) with { Failure = new FailureRecord("out of memory", 3, Seconds(1090)) }]),
            Node("empty", 24, []),
            Node("refuser", 24, [Model("m", 8)]),
            Node("laptop", 24, [Model("m", 8)]),
            Node("headless", 24, [Model("m", 8)]) with { EngineUp = false, EngineProblem = "connection refused" },
            Node("loopback", 24, [Model("m", 8)]) with { Address = null },
            Node("drained", 24, [Model("m", 8)]) with { Draining = true },
            Node("stopping", 24, [Model("m", 8)]) with { Stopping = true },
            Node("silent", 24, [Model("m", 8)]) with { Liveness = Liveness.Suspect },
            Node("unseen", 24, []) with { Liveness = Liveness.Suspect, Seen = false },
            Node("lost", 24, [Model("m", 8)]) with { Liveness = Liveness.Lost },
            Node("gone", 24, []) with { Liveness = Liveness.Left },
        ];
        foreach (var seed in shuffle)
        {
            new Random(seed).Shuffle(nodes);
        }

        var table = nodes.Aggregate(NodeTable.Empty, (all, node) => all.With(node));
        var loads = PendingLoads.None.With(new PendingLoad("load-7", "ordered", Name("m")) { Allocation = ImmutableArray.Create(new DeviceAllocation("gpu0", GiB(8))), ReadyAt = Seconds(1006), Waiting = 2 });
        return new PlacementSnapshot(table, loads, new PlacementPolicy());
    }
}
