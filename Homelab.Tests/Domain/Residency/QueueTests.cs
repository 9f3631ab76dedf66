using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>Who waits, for how long, and in which order they are served.</summary>
public sealed class QueueTests
{
    [Fact]
    public void A_full_queue_refuses_with_a_pause_of_five_to_thirty_seconds()
    {
        var node = new Scheduler(policy: p => p with { MaximumWaiting = 3 }).Installed("a", 8).Started();
        var first = Enumerable.Range(0, 3).Select(_ => node.Ask("a")).ToArray();
        var refused = node.Ask("a");

        Assert.All(first, r => Assert.True(r.IsWaiting));
        Assert.Equal(RefusalReason.QueueFull, refused.Refusal?.Reason);
        Assert.InRange(refused.Refusal!.RetryAfter!.Value.TotalSeconds, 5, 30);
        Assert.Equal(3, node.Snapshot.Waiters.Count);
    }

    [Fact]
    public void A_full_queue_refuses_nobody_whom_a_hot_model_can_serve_at_once()
    {
        var node = new Scheduler(policy: p => p with { MaximumWaiting = 1 }).Installed("a", 8).Installed("b", 8).Started().Hot("a");
        node.Ask("b");
        Assert.True(node.Ask("a").IsGranted);
    }

    [Fact]
    public void One_that_waits_too_long_for_room_is_told_for_whom()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        node.Ask("a");
        var late = node.Ask("b");
        node.Wait(TimeSpan.FromMinutes(4));

        Assert.Equal(RefusalReason.CapacityTimeout, late.Refusal?.Reason);
        Assert.InRange(late.Refusal!.RetryAfter!.Value.TotalSeconds, 5, 30);
        Assert.Empty(node.Snapshot.Waiters);
    }

    [Fact]
    public void One_that_waits_longer_than_a_load_may_take_gets_a_load_timeout()
    {
        var node = new Scheduler(policy: p => p with { LoadTimeout = TimeSpan.FromMinutes(1) }).Installed("a", 8).Started();
        var request = node.Ask("a", patience: TimeSpan.FromMinutes(2));
        node.Wait(TimeSpan.FromMinutes(2));
        Assert.Equal(RefusalReason.LoadTimeout, request.Refusal?.Reason);
    }

    [Fact]
    public void Principals_are_served_in_rotation_however_many_requests_one_sent_first()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        var greedy = Enumerable.Range(0, 5).Select(_ => node.Ask("a", "greedy")).ToArray();
        var modest = node.Ask("a", "modest");
        node.LoadSucceeds("a");

        Assert.True(greedy[0].IsRunning);
        node.End(greedy[0]);
        Assert.True(modest.IsRunning);
        node.End(modest);
        Assert.True(greedy[1].IsRunning);
    }

    [Fact]
    public void While_somebody_waits_for_a_hot_replica_no_newcomer_passes_and_afterwards_the_gate_is_open()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        var running = node.Ask("a");
        var waiting = node.Ask("a");
        Assert.Equal(GateState.Queueing, node.Gate("a")!.State);
        var newcomer = node.Ask("a", "bert");

        node.End(running);
        Assert.True(waiting.IsRunning);
        Assert.True(newcomer.IsWaiting);
        node.End(waiting);
        Assert.True(newcomer.IsRunning);
        Assert.Equal(GateState.Open, node.Gate("a")!.State);
    }

    [Fact]
    public void A_b_a_b_becomes_a_a_b_b()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        var a1 = node.Ask("a");
        var b1 = node.Ask("b");
        var a2 = node.Ask("a");
        var b2 = node.Ask("b");

        node.End(a1);
        Assert.True(a2.IsRunning);
        Assert.Empty(node.Unloads);
        node.End(a2);
        node.UnloadEnds("a");
        node.LoadSucceeds("b");
        Assert.True(b1.IsRunning);
        node.End(b1);
        Assert.True(b2.IsRunning);
        Assert.Equal(1, node.Count<ResidencyEffect.StartLoad>("b"));
    }

    [Fact]
    public void Past_the_maximum_hold_hot_models_yield_running_requests_end_and_the_next_in_line_is_served()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        var a1 = node.Ask("a");
        var b1 = node.Ask("b");
        node.Wait(59);
        var a2 = node.Ask("a");
        node.End(a1);
        Assert.True(a2.IsRunning);

        node.Wait(2);
        Assert.Equal(GateState.Closed, node.Gate("a")!.State);
        var a3 = node.Ask("a");
        Assert.True(a3.IsWaiting);
        Assert.Empty(node.Unloads);
        node.End(a2);
        node.UnloadEnds("a");
        node.LoadSucceeds("b", 5);
        Assert.True(b1.IsRunning);

        // And the other side has the same right.
        var b2 = node.Ask("b");
        node.Wait(55);
        node.End(b1);
        Assert.True(b2.IsRunning);
        node.Wait(10);
        var b3 = node.Ask("b");
        node.End(b2);
        Assert.True(b3.IsWaiting);
        node.UnloadEnds("b");
        node.LoadSucceeds("a", 5);
        Assert.True(a3.IsRunning);
    }

    [Fact]
    public void Later_models_are_served_beside_one_that_waits_but_past_the_hold_never_from_its_room()
    {
        var node = new Scheduler(policy: p => p with { MinimumResidency = TimeSpan.FromMinutes(2) })
            .Installed("a", 10).Installed("big", 20).Installed("small", 4).Installed("other", 8).Started();
        var a = node.Ask("a");
        node.LoadSucceeds("a");
        node.End(a);

        var big = node.Ask("big");
        var small = node.Ask("small");
        Assert.Equal("small:latest", Assert.Single(node.Loads).Model.Value);
        node.LoadSucceeds("small");
        Assert.True(small.IsGranted);
        Assert.True(big.IsWaiting);

        node.Wait(70);
        var other = node.Ask("other");
        Assert.True(other.IsWaiting);
        Assert.Empty(node.Loads);
    }

    [Fact]
    public void A_waiter_that_leaves_leaves_nothing_behind()
    {
        var node = new Scheduler().Installed("a", 10).Installed("b", 10).Installed("big", 20).Started().Hot("a", "b");
        var running = node.Ask("a");
        var big = node.Ask("big");
        node.Wait(61);
        Assert.Equal(GateState.Closed, node.Gate("a")!.State);

        node.Leave(big);
        Assert.Empty(node.Snapshot.Waiters);
        Assert.Null(node.Snapshot.Models[Scheduler.Name("big")].Load);
        Assert.Equal(GateState.Open, node.Gate("a")!.State);
        Assert.Equal(GateState.Open, node.Gate("b")!.State);
        node.End(running);
        Assert.Empty(node.Unloads);
    }

    [Fact]
    public void An_operators_load_is_granted_without_a_lease()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        var operators = node.Ask("a", isOperator: true);
        node.LoadSucceeds("a");
        Assert.True(operators.IsGranted);
        Assert.Equal(0, node.Gate("a")!.Leases);
        Assert.Equal(GateState.Open, node.Gate("a")!.State);
    }

    [Fact]
    public void A_drain_refuses_all_that_wait_and_starts_nothing()
    {
        var node = new Scheduler().Installed("a", 8).Installed("b", 8).Started().Hot("a");
        var running = node.Ask("a");
        var waiting = node.Ask("a");
        node.Drain();

        Assert.Equal(RefusalReason.Draining, waiting.Refusal?.Reason);
        Assert.True(running.IsRunning);
        Assert.Equal(RefusalReason.Draining, node.Ask("b").Refusal?.Reason);
        Assert.Equal(RefusalReason.Draining, node.Ask("a").Refusal?.Reason);
        node.End(running);
        node.Wait(60);
        Assert.Empty(node.Loads);
        Assert.Empty(node.Unloads);
    }

    [Fact]
    public void An_unknown_model_is_refused_and_leaves_no_record()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        Assert.Equal(RefusalReason.ModelNotFound, node.Ask("nobody").Refusal?.Reason);
        Assert.Single(node.Snapshot.Models);
    }
}
