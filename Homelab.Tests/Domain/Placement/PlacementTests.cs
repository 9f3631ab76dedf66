using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Placement;

/// <summary>Where requests go.</summary>
public sealed class PlacementTests
{
    [Theory]
    [InlineData(4, 5, "a")] // one request must end first: 1.25 s are less than a load of 8 s
    [InlineData(9, 5, "a")] // 7.5 s
    [InlineData(10, 5, "b")] // 8.75 s
    [InlineData(4, 40, "b")]
    public void Acceptance_24_idle_node_that_must_load_is_chosen_where_its_load_is_shorter_than_the_queue_of_the_busy_one(int outstanding, double service, string expected)
    {
        var cluster = Of(
            Node("a", 24, [Model("m", 8)], Leased("m", 8, outstanding, service: service)),
            Node("b", 24, [Model("m", 8)]));

        var decision = cluster.Decide("m");

        Assert.Equal(expected, Target(decision));
        Assert.Equal(expected == "a", decision is PlacementDecision.Route);
    }

    [Fact]
    public void Acceptance_29_twenty_requests_before_the_next_heartbeat_spread_by_what_the_hub_itself_has_sent()
    {
        var cluster = Of([.. Enumerable.Range(0, 4).Select(i => Node($"n{i}", 24, [Model("m", 8)], Hot("m", 8)))]);
        var dispatches = new Dispatches();

        for (var i = 0; i < 20; i++)
        {
            var route = Assert.IsType<PlacementDecision.Route>(cluster.Decide(new PlacementDemand(Name("m")) { PromptTokens = 100, Seed = i }, dispatches));
            dispatches[route.Node.Id, "m"]++;
        }

        Assert.All(cluster.Nodes, node => Assert.Equal(5, dispatches[node.Id, "m"]));
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(0.95)]
    [InlineData(1.4)] // more than both can do: every place is always taken
    public void Acceptance_31_share_of_two_unequal_nodes_follows_their_measured_speed(double load)
    {
        // The fast one serves twice as many requests a second. Requests are dealt in order of time; each holds a place for the node's service time.
        var cluster = Of(
            Node("fast", 24, [Model("m", 8)], Hot("m", 8, service: 4, rate: 2000)),
            Node("slow", 24, [Model("m", 8)], Hot("m", 8, service: 8, rate: 1000)));
        var random = new Random(31);
        var dispatches = new Dispatches();
        var free = new Dictionary<string, PriorityQueue<int, double>> { ["fast"] = new(), ["slow"] = new() };
        var ends = new PriorityQueue<string, double>();
        foreach (var places in free.Values)
        {
            places.EnqueueRange(Enumerable.Range(0, 4).Select(i => (i, 0.0)));
        }

        var served = new Dictionary<string, int> { ["fast"] = 0, ["slow"] = 0 };
        var now = 0.0;
        for (var i = 0; i < 3000; i++)
        {
            now += -Math.Log(1 - random.NextDouble()) / (1.5 * load);
            while (ends.TryPeek(out var ended, out var at) && at <= now)
            {
                ends.Dequeue();
                dispatches[ended, "m"]--;
            }

            var node = Target(cluster.Decide(new PlacementDemand(Name("m")) { PromptTokens = 1000, Seed = i }, dispatches))!;
            dispatches[node, "m"]++;
            served[node]++;
            free[node].TryPeek(out _, out var start);
            var end = Math.Max(now, start) + (node == "fast" ? 4 : 8);
            free[node].EnqueueDequeue(0, end);
            ends.Enqueue(node, end);
        }

        Assert.InRange(served["fast"] / 3000.0, 0.60, 0.80);
    }

    [Fact]
    public void Equally_idle_replicas_are_told_apart_by_measured_speed() =>
        Assert.Equal("fast", Target(Of(Node("slow", 24, [], Hot("m", 8, rate: 500)), Node("fast", 24, [], Hot("m", 8, rate: 2000))).Decide(new PlacementDemand(Name("m")) { PromptTokens = 1000 })));

    [Fact]
    public void Replica_is_used_before_the_inventory_of_its_node_is_known() =>
        Assert.IsType<PlacementDecision.Route>(Of(Node("a", 24, [], Hot("m", 8))).Decide("m"));

    [Fact]
    public void Second_replica_is_loaded_where_the_first_is_saturated_and_there_is_room()
    {
        var cluster = Of(Node("a", 24, [Model("m", 4)], Hot("m", 4)), Node("b", 24, [Model("m", 4)]));
        var dispatches = new Dispatches { ["a", "m"] = 3 };
        Assert.Equal("a", Target(cluster.Decide("m", dispatches)));

        dispatches["a", "m"] = 12;

        var load = Assert.IsType<PlacementDecision.Load>(cluster.Decide("m", dispatches));
        Assert.Equal("b", load.Node.Id);
        Assert.Empty(load.Victims);
    }

    [Fact]
    public void Cold_model_goes_where_it_fits_rather_than_where_others_in_use_must_go()
    {
        var cluster = Of(
            Node("a", 24, [Model("m", 10)], Hot("other", 20, uses: 0.01)),
            Node("b", 24, [Model("m", 10, load: 12)]));

        var load = Assert.IsType<PlacementDecision.Load>(cluster.Decide("m"));

        Assert.Equal("b", load.Node.Id);
        Assert.Equal(new DeviceAllocation("gpu0", GiB(10)), Assert.Single(load.Allocation));
    }

    [Fact]
    public void Unused_replica_goes_where_that_is_cheaper_than_a_slower_load_elsewhere()
    {
        var cluster = Of(
            Node("a", 24, [Model("m", 10)], Hot("other", 20)),
            Node("b", 24, [Model("m", 10, load: 120)]));

        var load = Assert.IsType<PlacementDecision.Load>(cluster.Decide("m"));

        Assert.Equal("a", load.Node.Id);
        Assert.Equal(["other:latest"], Names(load.Victims));
    }

    [Fact]
    public void Load_under_way_is_joined_and_its_memory_counts_as_taken()
    {
        var cluster = Of(Node("a", 24, [Model("m", 10), Model("other", 20)]), Node("b", 24, [Model("m", 10, load: 11)]));
        var pending = new PendingLoad("load-1", "a", Name("other")) { Allocation = [new DeviceAllocation("gpu0", GiB(20))], ReadyAt = Seconds(1010) };
        cluster = cluster with { Loads = cluster.Loads.With(pending) };

        Assert.Equal("b", Target(cluster.Decide("m")));
        Assert.Equal("load-1", Assert.IsType<PlacementDecision.Load>(cluster.Decide("other")).Joins);
        Assert.Null(Assert.IsType<PlacementDecision.Load>((cluster with { Loads = PendingLoads.None }).Decide("m")).Joins);
        Assert.Equal("a", Target((cluster with { Loads = PendingLoads.None }).Decide("m")));
    }

    [Fact]
    public void Load_that_the_node_shows_itself_is_counted_once()
    {
        var loading = Hot("other", 12) with { State = ModelState.Loading, ReadyAt = Seconds(1005) };
        var cluster = Of(Node("a", 24, [Model("m", 12), Model("other", 12)], loading));
        cluster = cluster with { Loads = cluster.Loads.With(new PendingLoad("load-1", "a", Name("other")) { Allocation = loading.Allocation }) };

        Assert.Empty(Assert.IsType<PlacementDecision.Load>(cluster.Decide("m")).Victims);
    }

    [Fact]
    public void Many_who_wait_for_one_load_make_a_second_one_worth_it()
    {
        var cluster = Of(Node("a", 24, [Model("m", 10)]), Node("b", 24, [Model("m", 10)]));
        var pending = new PendingLoad("load-1", "a", Name("m")) { ReadyAt = Seconds(1009), Waiting = 3 };

        Assert.Equal("a", Target((cluster with { Loads = cluster.Loads.With(pending) }).Decide("m")));
        Assert.Equal("b", Target((cluster with { Loads = cluster.Loads.With(pending with { Waiting = 10 }) }).Decide("m")));
    }

    [Fact]
    public void Room_that_only_busy_replicas_hold_is_waited_for_on_the_node_that_has_it_soonest()
    {
        var cluster = Of(
            Node("a", 24, [Model("m", 10)], Leased("x", 20, 4, service: 60)),
            Node("b", 24, [Model("m", 10)], Leased("y", 20, 4, service: 6)));

        var queue = Assert.IsType<PlacementDecision.Queue>(cluster.Decide("m"));

        Assert.Equal("b", queue.Node.Id);
        Assert.Equal(16, queue.Cost.Load, 3);
        Assert.Contains("y:latest", queue.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_that_wait_for_room_gather_on_one_node()
    {
        var cluster = Of(
            Node("a", 24, [Model("m", 10)], Leased("x", 20, 4)),
            Node("b", 24, [Model("m", 10)], Leased("y", 20, 4)));
        var dispatches = new Dispatches();
        for (var i = 0; i < 4; i++)
        {
            dispatches[Target(cluster.Decide(new PlacementDemand(Name("m")) { Seed = i }, dispatches))!, "m"]++;
        }

        Assert.Equal(4, Math.Max(dispatches["a", "m"], dispatches["b", "m"]));
    }

    [Fact]
    public void Replica_that_is_too_young_or_in_flight_from_here_does_not_go()
    {
        var young = Of(Node("a", 24, [Model("m", 10)], Hot("x", 20) with { KeptUntil = Seconds(1030) }));
        Assert.Equal(40, Assert.IsType<PlacementDecision.Queue>(young.Decide("m")).Cost.Load, 3);

        var used = Of(Node("a", 24, [Model("m", 10)], Hot("x", 20)));
        Assert.IsType<PlacementDecision.Queue>(used.Decide("m", new Dispatches { ["a", "x"] = 1 }));
        Assert.IsType<PlacementDecision.Load>(used.Decide("m"));
    }

    [Fact]
    public void Same_beginning_returns_to_its_replica_until_that_one_is_busier_than_the_others()
    {
        var cluster = Of(Node("a", 24, [], Hot("m", 8, capacity: 8)), Node("b", 24, [], Hot("m", 8, capacity: 8)));
        var demand = new PlacementDemand(Name("m")) { PromptTokens = 4000, Affinity = new PrefixMatch("b", 0.9) };
        Assert.Equal("b", Target(cluster.Decide(demand)));
        Assert.Equal("b", Target(cluster.Decide(demand, new Dispatches { ["b", "m"] = 1 })));
        Assert.Equal("a", Target(cluster.Decide(demand, new Dispatches { ["b", "m"] = 2 })));
        Assert.Equal("b", Target(cluster.Decide(demand, new Dispatches { ["a", "m"] = 3, ["b", "m"] = 5 })));
        Assert.Equal("a", Target(cluster.Decide(demand, new Dispatches { ["a", "m"] = 3, ["b", "m"] = 6 })));
        Assert.Equal("a", Target(cluster.Decide(demand with { Affinity = new PrefixMatch("b", 0.2) }, new Dispatches { ["b", "m"] = 1 })));
    }

    [Fact]
    public void Node_that_gave_up_a_model_for_another_does_not_take_it_back_at_face_value()
    {
        NodeSnapshot[] nodes =
        [
            Node("a", 24, [Model("m", 20)], Hot("x", 20)),
            Node("b", 24, [Model("m", 20, load: 30)], Hot("y", 20)),
        ];
        Assert.Equal("a", Target(Of(nodes).Decide("m")));

        nodes[0] = nodes[0] with { Evictions = [new EvictionRecord(Name("m"), Name("x"), Seconds(900))] };
        Assert.Equal("b", Target(Of(nodes).Decide("m")));
        Assert.Equal("a", Target(Of(nodes).Decide("m", now: 1300)));
        Assert.Equal(20, Of(nodes[0]).Decide("m") is PlacementDecision.Load load ? load.Cost.Penalty : -1);

        nodes[0] = nodes[0] with { Evictions = [.. nodes[0].Evictions, .. nodes[0].Evictions] };
        Assert.Equal(40, Of(nodes[0]).Decide("m") is PlacementDecision.Load again ? again.Cost.Penalty : -1);
    }

    [Fact]
    public void Node_that_comes_and_goes_costs_more()
    {
        var flapping = Node("a", 24, [Model("m", 8)]) with { Losses = [Seconds(500), Seconds(600), Seconds(700)] };

        Assert.Equal("b", Target(Of(flapping, Node("b", 24, [Model("m", 8, load: 20)])).Decide("m")));
        Assert.Equal("a", Target(Of(flapping with { Losses = [Seconds(600), Seconds(700)] }, Node("b", 24, [Model("m", 8, load: 20)])).Decide("m")));
    }

    [Fact]
    public void Labels_that_the_cluster_wants_for_a_model_are_a_constraint()
    {
        var labels = ImmutableSortedDictionary<string, string>.Empty.Add("site", "home");
        var cluster = Of(Node("a", 24, [Model("m", 8)], Hot("m", 8)), Node("b", 24, [Model("m", 8)]) with { Labels = labels });
        cluster = cluster with { Policy = cluster.Policy with { Models = ImmutableDictionary<ModelName, PlacementModelPolicy>.Empty.Add(Name("m"), new PlacementModelPolicy(labels, false)) } };

        Assert.Equal("b", Target(cluster.Decide("m")));
        Assert.Equal(labels, Assert.IsType<PlacementDecision.NotPermitted>((cluster with { Nodes = cluster.Nodes.Without("b") }).Decide("m")).Labels);
    }

    [Fact]
    public void Node_that_delegated_or_refused_or_was_not_named_is_never_chosen()
    {
        var cluster = Of(Node("a", 24, [], Hot("m", 8)), Node("b", 24, [], Hot("m", 8)), Node("c", 24, [], Hot("m", 8)));

        Assert.All(Enumerable.Range(0, 30), seed => Assert.Equal("c", Target(cluster.Decide(new PlacementDemand(Name("m")) { Origin = "a", Excluded = ["b"], Seed = seed }))));
        Assert.All(Enumerable.Range(0, 30), seed => Assert.Equal("b", Target(cluster.Decide(new PlacementDemand(Name("m")) { Node = "b", Seed = seed }))));
    }

    [Fact]
    public void Ties_are_dealt_by_the_seed()
    {
        var cluster = Of([.. Enumerable.Range(0, 5).Select(i => Node($"n{i}", 24, [], Hot("m", 8)))]);

        var chosen = Enumerable.Range(0, 200).Select(seed => Target(cluster.Decide(new PlacementDemand(Name("m")) { Seed = seed }))).ToArray();

        Assert.Equal(5, chosen.Distinct().Count());
        Assert.Equal(chosen, Enumerable.Range(0, 200).Select(seed => Target(cluster.Decide(new PlacementDemand(Name("m")) { Seed = seed }))));
    }
}
