using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Cluster;

/// <summary>What operators order, in the reducer.</summary>
public sealed class CommandTests
{
    private static readonly NodeModel[] Models = [Model("m", 8), Model("x", 20)];

    [Fact]
    public void Load_that_an_operator_orders_takes_its_room_at_once()
    {
        var hub = Cluster("a", "b");
        Order(hub, "op-1", "x", "a");

        var load = Assert.Single(hub.Snapshot.Loads);
        Assert.Equal(("op-1", "a", GiB(20)), (load.Id, load.Node, load.Allocation.Single().Bytes));
        hub.Ask("m");
        Assert.Equal("b", hub.Snapshot.Loads.Single(l => l.Model == Name("m")).Node);
    }

    [Fact]
    public void Two_orders_of_the_same_moment_that_name_no_machine_go_to_two()
    {
        var hub = Cluster("a", "b");
        Order(hub, "op-1", "x", "");
        Order(hub, "op-2", "m", "");

        Assert.Equal(2, hub.Snapshot.Loads.Select(l => l.Node).Distinct().Count());
        Assert.All(hub.Snapshot.Loads, l => Assert.Empty(l.Victims));
    }

    [Fact]
    public void Request_waits_for_the_load_that_an_operator_has_ordered_and_both_are_told_how_it_ends()
    {
        var hub = Cluster("a");
        Order(hub, "op-1", "m", "");
        var waiter = hub.Ask("m");
        Assert.Single(hub.Snapshot.Commands);

        hub.Beat(Node("a", 24, Models, Hot("m", 8)), results: new CommandReport("op-1", CommandStatus.Done) { Result = new CommandResult("hot", 8, Seconds(8), null) });

        Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(waiter));
        Assert.Equal(CommandStatus.Done, OutcomeOf(hub, "op-1")!.Status);
        Assert.Empty(hub.Snapshot.Loads);
        Assert.Empty(hub.Snapshot.Commands);
    }

    [Fact]
    public void Order_whose_load_fails_ends_with_the_machines_words_and_gives_the_room_back()
    {
        var hub = Cluster("a", "b");
        Order(hub, "op-1", "x", "a");
        hub.Beat(Node("a", 24, Models), results: new CommandReport("op-1", CommandStatus.Failed) { Code = "load_failed", Message = "out of memory" });

        Assert.Equal((CommandStatus.Failed, "load_failed", "out of memory"), (OutcomeOf(hub, "op-1")!.Status, OutcomeOf(hub, "op-1")!.Code, OutcomeOf(hub, "op-1")!.Message));
        Assert.Empty(hub.Snapshot.Loads);
    }

    [Fact]
    public void Order_for_what_is_in_memory_by_now_is_done_and_one_that_can_go_nowhere_says_why()
    {
        var hub = Cluster("a");
        hub.Beat(Node("a", 24, Models, Hot("m", 8)));
        Order(hub, "op-1", "m", "");
        Order(hub, "op-2", "unknown", "");
        Order(hub, "op-3", "m", "nobody");

        Assert.Equal((CommandStatus.Done, "hot"), (OutcomeOf(hub, "op-1")!.Status, OutcomeOf(hub, "op-1")!.Result!.State));
        Assert.Equal((CommandStatus.Failed, "model_not_found"), (OutcomeOf(hub, "op-2")!.Status, OutcomeOf(hub, "op-2")!.Code));
        Assert.Equal((CommandStatus.Failed, "no_live_nodes"), (OutcomeOf(hub, "op-3")!.Status, OutcomeOf(hub, "op-3")!.Code));
        Assert.Empty(hub.Snapshot.Commands);
    }

    [Fact]
    public void Order_to_a_machine_that_is_full_of_running_requests_waits_there()
    {
        var hub = Cluster("a");
        hub.Beat(Node("a", 24, Models, Leased("x", 20, leases: 1)));
        Order(hub, "op-1", "m", "a");

        Assert.Empty(hub.Snapshot.Loads);
        Assert.Equal("a", Assert.Single(hub.Snapshot.Commands.Values).Node);
    }

    private static TestHub Cluster(params string[] ids)
    {
        var hub = new TestHub().Join(ids);
        return hub.BeatAll([.. ids.Select(id => Node(id, 24, Models))]);
    }

    private static void Order(TestHub hub, string id, string model, string node) =>
        hub.Apply(new ClusterEvent.CommandWanted(new ClusterCommand(id, node, CommandKind.Load, Name(model), hub.Now + Seconds(600))));

    private static CommandOutcome? OutcomeOf(TestHub hub, string id) =>
        hub.All.OfType<ClusterEffect.CommandEnded>().SingleOrDefault(e => e.CommandId == id)?.Outcome;
}
