using CsCheck;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Cluster;

/// <summary>Which heartbeats change what.</summary>
public sealed class BeatTests
{
    [Fact]
    public void Node_that_joined_is_live_with_its_first_heartbeat()
    {
        var hub = new TestHub().Join("a");
        Assert.Equal(Liveness.Suspect, hub["a"].Liveness);

        Assert.Equal(BeatVerdict.Accepted, hub.Beat(Node("a", 24, [Model("m", 8)], Hot("m", 8))));

        Assert.True(hub["a"].TakesWork);
        Assert.True(hub["a"].Inventory.Models.ContainsKey(Name("m")));
        Assert.Equal(["node.joined", "node.live"], hub.Announced);
        Assert.Contains(hub.Effects, e => e is ClusterEffect.SaveNode { Node.BootId: "boot" });
    }

    [Fact]
    public void Repeated_and_late_heartbeats_change_nothing()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, []), sequence: 5);
        var before = hub["a"];

        Assert.Equal(BeatVerdict.Duplicate, hub.Beat(Node("a", 24, [], Hot("m", 8)), sequence: 5));
        Assert.Equal(BeatVerdict.Stale, hub.Beat(Node("a", 24, [], Hot("m", 8)), sequence: 4));

        Assert.Same(before, hub["a"]);
    }

    [Fact]
    public void Unknown_and_removed_nodes_are_told_so()
    {
        var hub = new TestHub().Join("a");
        Assert.Equal(BeatVerdict.UnknownNode, hub.Beat(Node("x", 24, [])));

        hub.Apply(new ClusterEvent.NodeRemoved("a"));

        Assert.Equal(BeatVerdict.UnknownNode, hub.Beat(Node("a", 24, [])));
        Assert.Null(ClusterAcks.For(hub.Snapshot, "a", "boot", hub.Now));
    }

    [Fact]
    public void New_run_supersedes_the_old_one_while_it_is_heard()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, []), boot: "first", sequence: 50);

        Assert.Equal(BeatVerdict.Accepted, hub.Beat(Node("a", 24, []), boot: "second", sequence: 1));
        Assert.Equal(BeatVerdict.StaleBoot, hub.Beat(Node("a", 24, []), boot: "first", sequence: 51));

        Assert.Null(ClusterAcks.For(hub.Snapshot, "a", "first", hub.Now));
        Assert.Equal(1, ClusterAcks.For(hub.Snapshot, "a", "second", hub.Now)!.Sequence);
        Assert.Equal(("second", "first"), (hub["a"].BootId, Assert.Single(hub["a"].OldBoots)));
    }

    [Fact]
    public void Two_machines_with_one_identity_do_not_take_turns()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, []), boot: "original");
        hub.Beat(Node("a", 8, []), boot: "clone");

        for (var i = 2; i < 5; i++)
        {
            Assert.Equal(BeatVerdict.StaleBoot, hub.Beat(Node("a", 24, []), boot: "original", sequence: i));
            Assert.Equal(BeatVerdict.Accepted, hub.Beat(Node("a", 8, []), boot: "clone"));
        }
    }

    [Fact]
    public void Earlier_run_speaks_again_once_the_one_that_superseded_it_is_lost()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, []), boot: "alive");
        hub.Beat(Node("a", 24, []), boot: "late message of a run before");
        hub.Wait(29);
        Assert.Equal(BeatVerdict.StaleBoot, hub.Beat(Node("a", 24, []), boot: "alive", sequence: 2));

        hub.Wait(2);

        Assert.Equal(BeatVerdict.Accepted, hub.Beat(Node("a", 24, []), boot: "alive", sequence: 3));
        Assert.Equal(BeatVerdict.StaleBoot, hub.Beat(Node("a", 24, []), boot: "late message of a run before"));
        Assert.Equal("late message of a run before", Assert.Single(hub["a"].OldBoots));
    }

    [Fact]
    public void Superseded_runs_are_known_after_a_restart_of_the_hub_and_no_more_than_eight_are_kept()
    {
        var hub = new TestHub().Apply(new ClusterEvent.NodeKnown("a", "a", "b9", ["b7", "b8"], false));
        Assert.Equal(BeatVerdict.StaleBoot, hub.Beat(Node("a", 24, []), boot: "b8"));

        for (var i = 10; i < 30; i++)
        {
            hub.Beat(Node("a", 24, []), boot: $"b{i}");
        }

        Assert.Equal(Enumerable.Range(21, 8).Select(i => $"b{i}"), hub["a"].OldBoots);
    }

    [Fact]
    public void Second_node_of_one_name_is_called_otherwise_and_keeps_that_name()
    {
        var hub = new TestHub().Apply(new ClusterEvent.NodeJoined("1", "tower", "")).Apply(new ClusterEvent.NodeJoined("2", "Tower", "")).Apply(new ClusterEvent.NodeJoined("3", "tower", ""));
        Assert.Equal(["tower", "Tower-2", "tower-3"], hub.Snapshot.Nodes.Select(n => n.Name));

        hub.Beat(Node("2", 24, []) with { Name = "Tower" });
        Assert.Equal("Tower-2", hub["2"].Name);

        hub.Beat(Node("2", 24, []) with { Name = "attic" });
        Assert.Equal("attic", hub["2"].Name);
    }

    [Fact]
    public void Inventory_is_wanted_while_its_digest_is_another_one_and_shared_while_it_is_the_same()
    {
        var hub = new TestHub().Join("a");
        var like = Node("a", 24, [Model("m", 8)]);
        hub.Beat(like, inventory: false);
        Assert.True(hub.Ack("a").SendInventory);

        hub.Beat(like);
        Assert.False(hub.Ack("a").SendInventory);
        var inventory = hub["a"].Inventory;

        hub.Beat(Node("a", 24, [Model("m", 8)]));
        Assert.Same(inventory, hub["a"].Inventory);

        hub.Beat(like, inventory: false, digest: "newer");
        Assert.Same(inventory, hub["a"].Inventory);
        Assert.True(hub.Ack("a").SendInventory);
    }

    [Fact]
    public void Leases_that_are_not_this_hubs_are_told_apart_from_its_own()
    {
        var hub = new TestHub().Join("a");
        hub.Dispatches["a", "m"] = 3;

        hub.Beat(Node("a", 24, [], Leased("m", 8, 4) with { Waiting = 2 }));
        Assert.Equal((3, 0), (hub["a"].Replicas[0].Foreign, hub["a"].Replicas[0].Waiting));

        hub.Dispatches["a", "m"] = 9;
        hub.Beat(Node("a", 24, [], Leased("m", 8, 4) with { Waiting = 2 }));
        Assert.Equal((0, 0), (hub["a"].Replicas[0].Foreign, hub["a"].Replicas[0].Waiting));
    }

    [Fact]
    public void Goodbye_takes_its_models_away_at_once_and_keeps_the_node_known()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, [Model("m", 8)], Hot("m", 8)));
        var version = hub.Snapshot.ModelsVersion;

        hub.Beat(Node("a", 24, [Model("m", 8)], Hot("m", 8)), state: NodeReportState.Leaving);

        Assert.Equal((Liveness.Left, 0, 0), (hub["a"].Liveness, hub["a"].Replicas.Length, hub["a"].Inventory.Models.Count));
        Assert.NotEqual(version, hub.Snapshot.ModelsVersion);
        Assert.Equal("node.left", hub.Announced.Last());
        Assert.False(hub.Ack("a").SendInventory);
    }

    [Fact]
    public void Models_version_changes_with_models_and_not_with_leases()
    {
        var hub = new TestHub().Join("a");
        var idle = Node("a", 24, [Model("m", 8), Model("x", 8)], Hot("m", 8));
        hub.Beat(idle);
        var version = hub.Snapshot.ModelsVersion;

        hub.Beat(Node("a", 24, [Model("m", 8), Model("x", 8)], Leased("m", 8, 2)));
        Assert.Equal(version, hub.Snapshot.ModelsVersion);

        hub.Beat(Node("a", 24, [Model("m", 8), Model("x", 8)], Hot("m", 8), Hot("x", 8) with { State = ModelState.Loading }));
        Assert.NotEqual(version, hub.Snapshot.ModelsVersion);
        Assert.Contains("x:latest went from on_disk to loading on a", hub.Effects.OfType<ClusterEffect.Announce>().Select(a => a.Announcement.Message));
    }

    [Fact]
    public void Models_that_replace_each_other_again_and_again_are_announced_once()
    {
        var hub = new TestHub().Join("a");
        NodeModel[] models = [Model("m", 20), Model("x", 20)];
        for (var i = 0; i < 10; i++)
        {
            hub.Beat(Node("a", 24, models, Hot(i % 2 == 0 ? "m" : "x", 20)));
            hub.Wait(5);
        }

        Assert.Single(hub.Announced, type => type == "thrash");
        Assert.Equal(9, hub["a"].Evictions.Length);
    }

    [Fact]
    public void Any_order_and_repetition_of_heartbeats_gives_the_state_of_the_newest() =>
        Gen.Select(Gen.Int[0, 1], Gen.Int[1, 8]).Array[1, 60].Sample(
        beats =>
        {
            var hub = new TestHub().Join("a");
            (int Boot, int Sequence)? newest = null;
            foreach (var (boot, sequence) in beats)
            {
                var verdict = hub.Beat(Node("a", 24, [], Hot("m", boot + 1, capacity: sequence)), boot: $"boot {boot}", sequence: sequence);

                // The run that came first is the older one, whatever its number.
                var isNewer = newest is null || (boot != newest.Value.Boot && hub["a"].OldBoots.Length <= 1 && verdict == BeatVerdict.Accepted) || (boot == newest.Value.Boot && sequence > newest.Value.Sequence);
                Assert.Equal(isNewer, verdict == BeatVerdict.Accepted);
                newest = isNewer ? (boot, sequence) : newest;
                Assert.Equal((newest!.Value.Boot + 1, newest.Value.Sequence), ((int)(hub["a"].Replicas[0].Bytes.Bytes >> 30), hub["a"].Replicas[0].Capacity));
            }

            var boots = beats.Select(b => b.Item1).Distinct().ToArray();
            Assert.Equal((boots[^1], beats.Where(b => b.Item1 == boots[^1]).Max(b => b.Item2)), newest);
        },
        iter: 500);
}
