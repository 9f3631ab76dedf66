using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Placement;

/// <summary>Why a request goes nowhere.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void Engines_that_are_down_are_the_reason_where_nothing_else_keeps_the_nodes_that_have_the_model()
    {
        var down = Node("a", 24, [Model("m", 8)]) with { EngineUp = false, EngineProblem = "nothing answers" };
        Assert.Equal("a", Assert.IsType<PlacementDecision.EngineDown>(Of(down).Decide("m")).Node.Id);
        Assert.Equal("a", Assert.IsType<PlacementDecision.EngineDown>(Of(down, Node("b", 24, [])).Decide("m")).Node.Id);
        Assert.IsType<PlacementDecision.NoLiveNodes>(Of(down, Node("b", 24, [Model("m", 8)]) with { Draining = true }).Decide("m"));
        Assert.IsType<PlacementDecision.Load>(Of(down, Node("b", 24, [Model("m", 8)])).Decide("m"));
    }

    [Fact]
    public void Hub_without_nodes_says_so() =>
        Assert.Contains("no node has joined", Assert.IsType<PlacementDecision.NoLiveNodes>(Of().Decide("m")).Why, StringComparison.Ordinal);

    [Fact]
    public void Model_that_no_node_has_is_not_installed() =>
        Assert.IsType<PlacementDecision.NotInstalled>(Of(Node("a", 24, [Model("other", 8)])).Decide("m"));

    public static TheoryData<string> Standings => ["suspect", "lost", "draining", "stopping", "address"];

    [Theory]
    [MemberData(nameof(Standings))]
    public void Node_that_takes_no_work_is_never_chosen_and_named_in_the_refusal(string standing)
    {
        var node = Stand(Node("a", 24, [Model("m", 8)], Hot("m", 8)), standing);

        Assert.Contains("a ", Assert.IsType<PlacementDecision.NoLiveNodes>(Of(node).Decide("m")).Why, StringComparison.Ordinal);
        Assert.Contains("only on a", Assert.IsType<PlacementDecision.NoLiveNodes>(Of(node, Node("b", 24, [])).Decide("m")).Why, StringComparison.Ordinal);
        Assert.Equal("c", Target(Of(node, Node("c", 24, [Model("m", 8, load: 500)])).Decide("m")));
    }

    [Fact]
    public void Node_that_has_left_has_no_models() =>
        Assert.IsType<PlacementDecision.NotInstalled>(Of(Node("a", 24, [Model("m", 8)]) with { Liveness = Liveness.Left }, Node("b", 24, [])).Decide("m"));

    [Fact]
    public void Model_that_fits_nowhere_is_too_large_and_the_largest_budget_is_named()
    {
        var refusal = Assert.IsType<PlacementDecision.TooLarge>(Of(Node("a", 24, [Model("m", 40)]), Node("b", 32, [Model("m", 41)]), Node("c", 8, [Model("m", 42)])).Decide("m"));

        Assert.Equal((GiB(40), GiB(32), "b"), (refusal.Need, refusal.LargestBudget, refusal.Node.Id));
    }

    [Fact]
    public void Model_whose_only_large_enough_node_is_silent_is_not_called_too_large() =>
        Assert.IsType<PlacementDecision.NoLiveNodes>(Of(Node("a", 24, [Model("m", 40)]), Node("big", 80, [Model("m", 40)]) with { Liveness = Liveness.Suspect }).Decide("m"));

    [Fact]
    public void Pinned_and_protected_replicas_stay_and_are_named()
    {
        var refusal = Assert.IsType<PlacementDecision.WouldEvictProtected>(Of(Node("a", 24, [Model("m", 10)], Hot("pin", 8) with { Pinned = true }, Hot("keep", 8) with { Protected = true }, Hot("x", 2))).Decide("m"));

        Assert.Equal(["keep:latest", "pin:latest"], Names(refusal.Models));
    }

    [Fact]
    public void Model_that_failed_everywhere_is_refused_until_the_soonest_node_tries_again()
    {
        NodeModel Failed(double retry) => Model("m", 8) with { Failure = new FailureRecord("out of memory", 2, Seconds(retry)) };
        var cluster = Of(Node("a", 24, [Failed(1030)]), Node("b", 24, [Failed(1010)]), Node("c", 4, [Model("m", 8)]));

        var refusal = Assert.IsType<PlacementDecision.BackingOff>(cluster.Decide("m"));

        Assert.Equal(("b", Seconds(1010)), (refusal.Node.Id, refusal.RetryAt));
        Assert.Equal("b", Target(cluster.Decide("m", now: 1011)));
    }

    [Fact]
    public void Nodes_that_all_refused_this_request_are_not_asked_again() =>
        Assert.Contains("refused", Assert.IsType<PlacementDecision.NoLiveNodes>(Of(Node("a", 24, [], Hot("m", 8))).Decide(new PlacementDemand(Name("m")) { Excluded = ["a"] })).Why, StringComparison.Ordinal);

    [Fact]
    public void Node_that_an_operator_named_but_nobody_knows_is_said() =>
        Assert.Contains("no node is called x", Assert.IsType<PlacementDecision.NoLiveNodes>(Of(Node("a", 24, [Model("m", 8)])).Decide(new PlacementDemand(Name("m")) { Node = "x" })).Why, StringComparison.Ordinal);

    private static NodeSnapshot Stand(NodeSnapshot node, string standing) => standing switch
    {
        "suspect" => node with { Liveness = Liveness.Suspect },
        "lost" => node with { Liveness = Liveness.Lost },
        "draining" => node with { Draining = true },
        "stopping" => node with { Stopping = true },
        "engine" => node with { EngineUp = false },
        _ => node with { Address = null },
    };
}
