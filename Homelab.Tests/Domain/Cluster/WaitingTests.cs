using System.Collections.Immutable;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Cluster;

/// <summary>Requests that wait at the hub, and the orders that serve them.</summary>
public sealed class WaitingTests
{
    private static readonly NodeModel[] Models = [Model("m", 8), Model("x", 20)];

    [Fact]
    public void Many_requests_for_one_cold_model_share_one_load_and_spread_over_its_places_when_it_is_hot()
    {
        var hub = Cluster("a", "b");
        var waiters = Enumerable.Range(0, 4).Select(_ => hub.Ask("m")).ToArray();

        var load = Assert.Single(hub.Snapshot.Loads);
        Assert.Equal(4, load.Waiting);
        Assert.Single(hub.Snapshot.Commands);
        Assert.Contains(hub.All, e => e is ClusterEffect.Deliver deliver && deliver.Node == load.Node);
        Assert.Equal("m:latest is loaded on " + load.Node + ", in 8.001 s", hub.All.OfType<ClusterEffect.Announce>().Single(a => a.Announcement.Type == "placement.load").Announcement.Message);

        hub.Beat(Node(load.Node, 24, Models, Hot("m", 8)));

        Assert.All(waiters, w => Assert.Equal(load.Node, Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(w)).Node.Id));
        Assert.Empty(hub.Snapshot.Waiters);
        Assert.Empty(hub.Snapshot.Loads);
    }

    [Fact]
    public void Two_cold_models_of_the_same_second_do_not_count_on_the_same_bytes()
    {
        var hub = Cluster("a", "b");
        hub.Ask("x");
        hub.Ask("m");

        Assert.Equal(2, hub.Snapshot.Loads.Select(l => l.Node).Distinct().Count());
        Assert.All(hub.Snapshot.Loads, l => Assert.Empty(l.Victims));
    }

    [Fact]
    public void Load_that_fails_is_tried_elsewhere_and_the_last_failure_is_the_answer()
    {
        var hub = Cluster("a", "b", "c", "d");
        var waiter = hub.Ask("m");
        var tried = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(hub.AnswerOf(waiter));
            var load = Assert.Single(hub.Snapshot.Loads);
            Assert.True(tried.Add(load.Node));
            hub.Beat(Node(load.Node, 24, Models), results: new CommandReport(load.Id, CommandStatus.Failed) { Code = "load_failed", Message = $"out of memory {i}" });
        }

        Assert.Equal("out of memory 2", Assert.IsType<PlacementDecision.LoadFailed>(hub.AnswerOf(waiter)).Message);
        Assert.Empty(hub.Snapshot.Loads);
        Assert.Empty(hub.Snapshot.Commands);
        Assert.Equal(3, hub.Announced.Count(a => a == "placement.failed"));
    }

    [Fact]
    public void Load_that_is_done_but_not_seen_is_not_ordered_for_ever()
    {
        var hub = Cluster("a");
        var waiter = hub.Ask("m");
        for (var i = 0; i < 3 && hub.AnswerOf(waiter) is null; i++)
        {
            hub.Beat(Node("a", 24, Models), results: new CommandReport(Assert.Single(hub.Snapshot.Loads).Id, CommandStatus.Done));
        }

        Assert.Equal("a", Assert.IsType<PlacementDecision.Queue>(hub.AnswerOf(waiter)).Node.Id);
    }

    [Fact]
    public void Waiter_that_leaves_is_forgotten_and_one_whose_time_is_over_is_told_who_is_still_loading()
    {
        var hub = Cluster("a");
        var leaver = hub.Ask("m");
        var late = hub.Ask("m", patience: 3);
        hub.Apply(new ClusterEvent.WaiterLeft(leaver));

        hub.Wait(4);

        Assert.Null(hub.AnswerOf(leaver));
        Assert.Equal("a", Assert.IsType<PlacementDecision.TimedOut>(hub.AnswerOf(late)).Loading);
        Assert.Empty(hub.Snapshot.Waiters);
        Assert.Equal(0, Assert.Single(hub.Snapshot.Loads).Waiting);
    }

    [Fact]
    public void Load_that_never_ends_is_given_up()
    {
        var hub = new TestHub(new ClusterPolicy { LoadTimeout = Seconds(20) }).Join("a");
        hub.BeatAll(Node("a", 24, Models));
        var waiter = hub.Ask("m");
        for (var i = 0; i < 5; i++)
        {
            hub.Wait(5).BeatAll(Node("a", 24, Models, Hot("m", 8) with { State = ModelState.Loading }));
        }

        Assert.Equal("load_timeout", Assert.IsType<PlacementDecision.LoadFailed>(hub.AnswerOf(waiter)).Code);
        Assert.Empty(hub.Snapshot.Loads);
    }

    [Fact]
    public void Full_queue_is_refused_at_once_and_routes_all_the_same()
    {
        var hub = new TestHub(new ClusterPolicy { MaximumWaiting = 2 }).Join("a");
        hub.BeatAll(Node("a", 48, Models, Hot("x", 20)));
        hub.Ask("m");
        hub.Ask("m");

        Assert.Equal(2, Assert.IsType<PlacementDecision.QueueFull>(hub.AnswerOf(hub.Ask("m"))).Waiting);
        Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(hub.Ask("x")));
    }

    [Fact]
    public void Node_that_says_it_is_stopping_gets_nothing_more_until_its_next_heartbeat_says_otherwise()
    {
        var hub = new TestHub().Join("a", "b");
        hub.BeatAll(Node("a", 24, Models, Hot("m", 8)), Node("b", 24, Models, Hot("m", 8)));

        hub.Apply(new ClusterEvent.NodeStopping("a", "an earlier run"));
        Assert.True(hub.Snapshot.Nodes.Find("a")!.TakesWork);

        hub.Apply(new ClusterEvent.NodeStopping("a", hub.Snapshot.Nodes.Find("a")!.BootId));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal("b", Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(hub.Ask("m"))).Node.Id));

        hub.Beat(Node("a", 24, Models, Hot("m", 8)));
        Assert.True(hub.Snapshot.Nodes.Find("a")!.TakesWork);
    }

    [Fact]
    public void Who_waits_on_a_node_that_is_drained_goes_elsewhere_and_where_nobody_else_can_serve_goes_on_waiting()
    {
        var hub = Cluster("a", "b");
        var waiter = hub.Ask("m");
        var first = Assert.Single(hub.Snapshot.Loads).Node;
        hub.Apply(new ClusterEvent.DrainWanted(first));

        var second = Assert.Single(hub.Snapshot.Loads, l => l.Waiting == 1).Node;
        Assert.NotEqual(first, second);
        hub.Apply(new ClusterEvent.DrainWanted(second));
        Assert.Null(hub.AnswerOf(waiter));

        hub.Apply(new ClusterEvent.ResumeWanted(second));
        hub.Beat(Node(second, 24, Models, Hot("m", 8)));
        Assert.Equal(second, Assert.IsType<PlacementDecision.Route>(hub.AnswerOf(waiter)).Node.Id);
    }

    [Fact]
    public void Command_is_sent_until_the_node_says_that_it_has_it_and_again_to_a_new_run()
    {
        var hub = Cluster("a");
        hub.Apply(new ClusterEvent.CommandWanted(new ClusterCommand("c1", "a", CommandKind.Pull, Name("new"), hub.Now + Seconds(60))));
        Assert.Contains(new ClusterEffect.Deliver("a"), hub.Effects);
        Assert.Equal(Seconds(60), Assert.Single(hub.Ack("a").Commands).Left);

        hub.BeatAll(Node("a", 24, Models));
        Assert.Single(hub.Ack("a").Commands);

        hub.Beat(Node("a", 24, Models), results: new CommandReport("c1", CommandStatus.Running) { Progress = new CommandProgress("pulling", null, 1, 10, 0.1, 9) });
        Assert.Empty(hub.Ack("a").Commands);
        Assert.Contains(hub.Effects, e => e is ClusterEffect.CommandMoved { CommandId: "c1", Progress.Fraction: 0.1 });

        hub.Beat(Node("a", 24, Models), boot: "second");
        Assert.Single(hub.Ack("a").Commands);

        hub.Beat(Node("a", 24, Models), boot: "second", results: new CommandReport("c1", CommandStatus.Done) { Result = new CommandResult("on_disk", 10, Seconds(9), null) });
        var ended = Assert.Single(hub.All.OfType<ClusterEffect.CommandEnded>());
        Assert.Equal((CommandStatus.Done, "on_disk"), (ended.Outcome.Status, ended.Outcome.Result!.State));

        hub.Beat(Node("a", 24, Models), boot: "second", results: new CommandReport("c1", CommandStatus.Done));
        Assert.Single(hub.All.OfType<ClusterEffect.CommandEnded>());
    }

    [Fact]
    public void Node_cannot_speak_of_another_nodes_command()
    {
        var hub = Cluster("a", "b");
        hub.Apply(new ClusterEvent.CommandWanted(new ClusterCommand("c1", "a", CommandKind.Delete, Name("m"), hub.Now + Seconds(60))));

        hub.Beat(Node("b", 24, Models), results: new CommandReport("c1", CommandStatus.Done));

        Assert.Single(hub.Snapshot.Commands);
        Assert.Empty(hub.All.OfType<ClusterEffect.CommandEnded>());
    }

    [Fact]
    public void Command_that_a_node_took_and_never_ends_is_waited_for_a_while_past_its_deadline()
    {
        var hub = Cluster("a");
        hub.Apply(new ClusterEvent.CommandWanted(new ClusterCommand("c1", "a", CommandKind.Unload, Name("m"), hub.Now + Seconds(10))));
        for (var i = 0; i < 13; i++)
        {
            hub.Beat(Node("a", 24, Models), results: new CommandReport("c1", CommandStatus.Running));
            Assert.Empty(hub.All.OfType<ClusterEffect.CommandEnded>());
            hub.Wait(10);
        }

        var outcome = Assert.Single(hub.All.OfType<ClusterEffect.CommandEnded>()).Outcome;
        Assert.Equal((CommandStatus.Failed, "capacity_timeout"), (outcome.Status, outcome.Code));
        Assert.Empty(hub.Snapshot.Commands);
    }

    [Theory]
    [InlineData("deadline")]
    [InlineData("removed")]
    [InlineData("left")]
    [InlineData("unknown")]
    public void Command_that_cannot_be_done_ends_with_a_reason(string how)
    {
        var hub = Cluster("a");
        hub.Apply(new ClusterEvent.CommandWanted(new ClusterCommand("c1", how == "unknown" ? "x" : "a", CommandKind.Unload, Name("m"), hub.Now + Seconds(3))));
        _ = how switch
        {
            "deadline" => hub.Wait(4),
            "removed" => hub.Apply(new ClusterEvent.NodeRemoved("a")),
            "left" => hub.Beat(Node("a", 24, Models), state: NodeReportState.Leaving) == BeatVerdict.Accepted ? hub : null,
            _ => hub,
        };

        var outcome = Assert.Single(hub.All.OfType<ClusterEffect.CommandEnded>()).Outcome;
        Assert.Equal(how == "deadline" ? CommandStatus.Stale : CommandStatus.Failed, outcome.Status);
        Assert.NotEmpty(outcome.Message!);
        Assert.Empty(hub.Snapshot.Commands);
    }

    [Fact]
    public void Pinned_model_is_loaded_on_one_node_and_after_a_failure_only_when_its_pause_is_over()
    {
        var rules = new PlacementPolicy { Models = ImmutableDictionary<ModelName, PlacementModelPolicy>.Empty.Add(Name("m"), PlacementModelPolicy.Any with { Pin = true }) };
        var hub = new TestHub(new ClusterPolicy { Placement = rules }).Join("a", "b");
        hub.BeatAll(Node("a", 24, Models), Node("b", 24, [])).Wait(1);
        var load = Assert.Single(hub.Snapshot.Loads);

        hub.Beat(Node("a", 24, Models), results: new CommandReport(load.Id, CommandStatus.Failed) { Message = "no" });
        for (var i = 0; i < 10; i++)
        {
            hub.Wait(5).BeatAll(Node("a", 24, Models));
        }

        Assert.Empty(hub.Snapshot.Loads);
        hub.Wait(12);
        Assert.Equal("a", Assert.Single(hub.Snapshot.Loads).Node);
        hub.BeatAll(Node("a", 24, Models, Hot("m", 8))).Wait(3);
        Assert.Empty(hub.Snapshot.Loads);
    }

    private static TestHub Cluster(params string[] ids) =>
        new TestHub().Join(ids).BeatAll([.. ids.Select(id => Node(id, 24, Models))]);
}
