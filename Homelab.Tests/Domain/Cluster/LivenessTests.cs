using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Cluster;

/// <summary>What silence does.</summary>
public sealed class LivenessTests
{
    [Fact]
    public void Acceptance_25_node_that_is_silent_for_a_while_keeps_everything_and_gets_nothing_new()
    {
        var hub = new TestHub().Join("a", "b");
        var a = Node("a", 24, [Model("m", 8)], Hot("m", 8, uses: 0.1));
        var b = Node("b", 24, [Model("m", 8, load: 60)]);
        hub.BeatAll(a, b);
        for (var i = 0; i < 4; i++)
        {
            hub.Wait(5).BeatAll(b);
        }

        Assert.Equal(Liveness.Suspect, hub["a"].Liveness);
        Assert.Single(hub["a"].Replicas);
        Assert.Empty(hub.Snapshot.Commands);
        Assert.Equal("b", Target(hub.Snapshot.Placement.Decide("m")));

        hub.BeatAll(a);

        Assert.Equal(Liveness.Live, hub["a"].Liveness);
        Assert.Equal("a", Target(hub.Snapshot.Placement.Decide("m")));
        Assert.Empty(hub.Snapshot.Commands);
        Assert.Equal(["node.joined", "node.joined", "node.live", "node.live", "node.suspect", "node.live"], hub.Announced);
    }

    [Fact]
    public void Broken_connection_makes_a_node_suspect_at_once_unless_it_was_an_earlier_runs()
    {
        var hub = new TestHub().Join("a");
        hub.BeatAll(Node("a", 24, []));

        hub.Apply(new ClusterEvent.ContactLost("a", "earlier"));
        Assert.Equal(Liveness.Live, hub["a"].Liveness);

        hub.Apply(new ClusterEvent.ContactLost("a", "boot"));
        Assert.Equal(Liveness.Suspect, hub["a"].Liveness);
    }

    [Fact]
    public void Acceptance_26_models_in_use_on_a_lost_node_are_loaded_elsewhere_and_who_waits_is_answered_there()
    {
        var hub = new TestHub().Join("a", "b", "c");
        NodeModel[] models = [Model("m", 8), Model("idle", 8), Model("cold", 8)];
        var a = Node("a", 24, models, Hot("m", 8, uses: 0.1), Hot("idle", 8));
        NodeSnapshot[] rest = [Node("b", 24, models), Node("c", 24, [])];
        hub.BeatAll(a).BeatAll(rest);
        var waiter = hub.Ask("cold", demand: new PlacementDemand(Name("cold")) { Node = null, Excluded = ["b"] });
        Assert.Equal("a", Assert.Single(hub.Snapshot.Loads).Node);

        for (var i = 0; i < 7; i++)
        {
            hub.Wait(5).BeatAll(rest);
        }

        Assert.Equal(Liveness.Lost, hub["a"].Liveness);
        var command = Assert.Single(hub.Ack("b").Commands).Command;
        Assert.Equal((CommandKind.Load, Name("m")), (command.Kind, command.Model));
        Assert.Equal("load_failed", Assert.IsType<PlacementDecision.LoadFailed>(hub.AnswerOf(waiter)).Code);

        var other = hub.Ask("m");
        hub.Beat(Node("b", 24, models, Hot("m", 8)));
        Assert.Equal("b", Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(other)).Node.Id);
        Assert.Empty(hub.Snapshot.Loads);
        Assert.Empty(hub.Snapshot.Commands);
    }

    [Fact]
    public void Model_that_served_its_first_request_on_a_node_that_was_lost_is_loaded_elsewhere()
    {
        var hub = new TestHub().Join("a", "b", "c");
        NodeSnapshot[] rest = [Node("b", 24, [Model("m", 8)]), Node("c", 24, [])];
        hub.BeatAll(Node("a", 24, [Model("m", 8)], Leased("m", 8, 1))).BeatAll(rest);

        for (var i = 0; i < 7; i++)
        {
            hub.Wait(5).BeatAll(rest);
        }

        Assert.Equal(Name("m"), Assert.Single(hub.Ack("b").Commands).Command.Model);
    }

    [Fact]
    public void Model_of_a_lost_node_does_not_push_out_what_is_used_more()
    {
        var hub = new TestHub().Join("a", "b", "c");
        NodeSnapshot[] rest = [Node("b", 24, [Model("m", 20)], Hot("x", 20, uses: 0.5)), Node("c", 24, [])];
        hub.BeatAll(Node("a", 24, [Model("m", 20)], Hot("m", 20, uses: 0.1))).BeatAll(rest);

        for (var i = 0; i < 7; i++)
        {
            hub.Wait(5).BeatAll(rest);
        }

        Assert.Equal(Liveness.Lost, hub["a"].Liveness);
        Assert.Empty(hub.Snapshot.Commands);
    }

    [Fact]
    public void Acceptance_28_restarted_hub_loses_no_known_node_within_its_grace_and_has_the_cluster_back_with_one_heartbeat_each()
    {
        var hub = new TestHub();
        foreach (var id in (string[])["a", "b"])
        {
            hub.Apply(new ClusterEvent.NodeKnown(id, id, "boot", [], false));
        }

        var waiter = hub.Ask("m");
        Assert.Null(hub.AnswerOf(waiter));
        hub.Wait(4);
        Assert.Null(hub.AnswerOf(waiter));
        hub.Beat(Node("a", 24, [Model("m", 8)], Hot("m", 8)), sequence: 1234);

        Assert.Equal("a", Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(waiter)).Node.Id);
        hub.Wait(50);
        Assert.Equal(Liveness.Suspect, hub["b"].Liveness);
        hub.Wait(10);
        Assert.Equal(Liveness.Lost, hub["b"].Liveness);
    }

    [Fact]
    public void Refusal_is_not_held_back_longer_than_the_first_heartbeats_need()
    {
        var hub = new TestHub();
        hub.Apply(new ClusterEvent.NodeKnown("a", "a", "boot", [], false));
        var waiter = hub.Ask("m");

        hub.Wait(21);

        Assert.IsType<PlacementDecision.NoLiveNodes>(hub.AnswerOf(waiter));
    }

    [Fact]
    public void Most_nodes_silent_together_freeze_orders_until_they_are_back()
    {
        var hub = new TestHub().Join("a", "b", "c");
        NodeSnapshot[] nodes = [Node("a", 24, [Model("m", 8)], Hot("m", 8, uses: 1)), Node("b", 24, [Model("m", 8)]), Node("c", 24, [Model("m", 8)])];
        hub.BeatAll(nodes);
        for (var i = 0; i < 7; i++)
        {
            hub.Wait(5).BeatAll(nodes[2]);
        }

        Assert.True(hub.Snapshot.CutOff);
        Assert.Empty(hub.Snapshot.Loads);
        var waiter = hub.Ask("m");
        Assert.Equal("c", Assert.IsType<PlacementDecision.Queue>(hub.AnswerOf(waiter)).Node.Id);
        Assert.Empty(hub.Ack("c").Commands);

        hub.BeatAll(nodes).Wait(1);

        Assert.False(hub.Snapshot.CutOff);
        Assert.Equal(["hub.cut_off", "hub.restored"], hub.Announced.Where(a => a.StartsWith("hub.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nodes_that_stay_silent_are_taken_for_dead_after_a_while()
    {
        var hub = new TestHub().Join("a", "b", "c");
        NodeSnapshot[] nodes = [Node("a", 24, []), Node("b", 24, []), Node("c", 24, [])];
        hub.BeatAll(nodes);
        for (var i = 0; i < 40; i++)
        {
            hub.Wait(5).BeatAll(nodes[2]);
        }

        Assert.False(hub.Snapshot.CutOff);
        Assert.Equal(2, hub.Snapshot.Nodes.Count(n => n.Liveness == Liveness.Lost));
    }

    [Fact]
    public void One_lost_node_of_three_freezes_nothing()
    {
        var hub = new TestHub().Join("a", "b", "c");
        NodeSnapshot[] nodes = [Node("a", 24, []), Node("b", 24, []), Node("c", 24, [])];
        hub.BeatAll(nodes);
        for (var i = 0; i < 8; i++)
        {
            hub.Wait(5).BeatAll(nodes[1], nodes[2]);
        }

        Assert.False(hub.Snapshot.CutOff);
        Assert.Equal(1, hub["a"].RecentLosses);
    }
}
