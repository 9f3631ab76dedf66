using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>What the engine really holds, and pins, idle times, operators and other programs.</summary>
public sealed class ReconciliationTests
{
    [Fact]
    public void A_replica_that_vanished_is_lost_and_loaded_again_on_demand()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        node.Memory.Clear();
        node.Observe();
        Assert.Equal(ModelState.OnDisk, node.State("a"));
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.ModelLost);
        Assert.True(node.Ask("a").IsWaiting);
        Assert.Single(node.Loads);
    }

    [Fact]
    public void A_leased_replica_is_lost_only_after_two_observations_without_it()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        node.Ask("a");
        node.Memory.Clear();
        node.Observe();
        Assert.Equal(ModelState.Leased, node.State("a"));
        node.Observe();
        Assert.Equal(ModelState.OnDisk, node.State("a"));
    }

    [Fact]
    public void An_answer_asked_for_before_the_last_load_ended_says_nothing_of_that_model()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Ask("a");
        var asked = node.Now;
        node.Wait(5);
        node.LoadSucceeds("a");
        node.Memory.Clear();
        node.Observe(asked);
        node.Observe(asked);
        Assert.Equal(ModelState.Leased, node.State("a"));
    }

    [Fact]
    public void A_loading_model_that_the_engine_does_not_list_yet_goes_on_loading()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Ask("a");
        node.Observe();
        node.Observe();
        Assert.Equal(ModelState.Loading, node.State("a"));
    }

    [Fact]
    public void A_deleted_model_is_forgotten_and_who_waits_for_it_is_told()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        node.Ask("a");
        var request = node.Ask("b");
        node.Disk.Remove(Scheduler.Name("b"));
        node.Observe();
        Assert.Equal(RefusalReason.ModelNotFound, request.Refusal?.Reason);
        Assert.False(node.Snapshot.Models.ContainsKey(Scheduler.Name("b")));
    }

    [Fact]
    public void A_replica_loaded_by_hand_with_another_context_is_loaded_again_with_ours()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Memory[Scheduler.Name("a")] = new LoadedModel(Scheduler.Name("a"), ByteSize.FromGibibytes(12), ByteSize.FromGibibytes(12), 32768, false);
        node.Observe();
        var request = node.Ask("a");
        Assert.True(request.IsWaiting);
        node.UnloadEnds("a");
        Assert.Equal(4096, Assert.Single(node.Loads).Settings.Context);
        node.LoadSucceeds("a");
        Assert.True(request.IsGranted);
    }

    [Fact]
    public void A_replica_whose_model_was_replaced_on_disk_ends_its_requests_and_is_loaded_again()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        var running = node.Ask("a");
        Assert.True(running.IsGranted);
        node.Memory[Scheduler.Name("a")] = node.Memory[Scheduler.Name("a")] with { IsOutdated = true };
        node.Observe();
        var next = node.Ask("a");
        Assert.True(next.IsWaiting);
        Assert.Empty(node.Unloads);
        node.End(running);
        node.UnloadEnds("a");
        node.LoadSucceeds("a");
        Assert.True(next.IsGranted);
        node.End(next);
        node.Observe();
        Assert.True(node.Ask("a").IsGranted);
    }

    [Fact]
    public void A_replica_that_is_current_again_serves_on()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        node.Memory[Scheduler.Name("a")] = node.Memory[Scheduler.Name("a")] with { IsOutdated = true };
        node.Observe();
        node.Memory[Scheduler.Name("a")] = node.Memory[Scheduler.Name("a")] with { IsOutdated = false };
        node.Observe();
        Assert.True(node.Ask("a").IsGranted);
        Assert.Empty(node.Unloads);
    }

    [Fact]
    public void Use_by_others_counts_as_use()
    {
        var node = new Scheduler().Installed("a", 10).Installed("b", 10).Installed("new", 10).Started().Hot("a", "b");
        node.Memory[Scheduler.Name("a")] = node.Memory[Scheduler.Name("a")] with { UsedByOthers = true };
        node.Observe();
        node.Ask("new");
        Assert.Equal("b:latest", Assert.Single(node.Unloads).Model.Value);
    }

    [Fact]
    public void While_the_engine_is_down_a_cold_model_is_refused_at_once_and_it_comes_back_by_itself()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Lose("connection refused");
        var refused = node.Ask("a");
        Assert.Equal(RefusalReason.EngineDown, refused.Refusal?.Reason);
        Assert.Contains("connection refused", refused.Refusal!.Message, StringComparison.Ordinal);
        node.Observe();
        Assert.True(node.Ask("a").IsWaiting);
        Assert.Single(node.Loads);
    }

    [Fact]
    public void A_pin_is_loaded_at_start_and_again_when_it_was_lost_without_anybody_waiting()
    {
        var node = Pinned("a").Installed("a", 8).Started();
        node.LoadSucceeds("a");
        node.Wait(TimeSpan.FromHours(1));
        Assert.Equal(ModelState.Hot, node.State("a"));
        node.Memory.Clear();
        node.Observe();
        Assert.Equal("a:latest", Assert.Single(node.Loads).Model.Value);
    }

    [Fact]
    public void A_pin_evicts_what_is_idle_but_never_another_pin_and_says_once_that_it_cannot()
    {
        var node = Pinned("a", "b").Installed("a", 16).Installed("b", 16).Started();
        node.LoadSucceeds("a");
        node.Wait(300);
        Assert.Equal(ModelState.OnDisk, node.State("b"));
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.PinUnmet);
    }

    [Fact]
    public void A_pinned_model_that_an_operator_unloads_stays_out_until_it_is_asked_for()
    {
        var node = Pinned("a").Installed("a", 8).Started();
        node.LoadSucceeds("a");
        node.UnloadWanted("a");
        node.UnloadEnds("a");
        node.Wait(60);
        Assert.Empty(node.Loads);
        node.Ask("a");
        Assert.Single(node.Loads);
    }

    [Fact]
    public void An_operator_does_not_unload_what_is_in_use()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        node.Ask("a");
        node.UnloadWanted("a");
        Assert.Empty(node.Unloads);
        Assert.Equal(GateState.Open, node.Gate("a")!.State);
    }

    [Fact]
    public void A_counter_that_goes_on_from_an_earlier_replica_is_not_recent_use()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Ask("a");
        var name = Scheduler.Name("a");
        node.LoadSucceeds("a");
        var before = node.Snapshot with { Models = node.Snapshot.Models.SetItem(name, node.Snapshot.Models[name] with { Replica = node.Snapshot.Models[name].Replica! with { Served = null, UseRate = 0 } }) };
        var after = ResidencyReducer.Apply(before, new ResidencyEvent.Tick(), node.Now, [new LeaseReading(name, 1, 5000, node.Now)]).Snapshot.Models[name].Replica!;
        Assert.Equal(0, after.UseRate);
        Assert.Equal(5000, after.Served);
    }

    [Fact]
    public void What_somebody_loaded_by_hand_is_not_unloaded_for_idleness_until_we_used_it()
    {
        var node = new Scheduler(policy: p => p with { DefaultModel = p.DefaultModel with { IdleUnload = TimeSpan.FromMinutes(5) } }).Installed("a", 8).Started();
        node.Memory[Scheduler.Name("a")] = new LoadedModel(Scheduler.Name("a"), ByteSize.FromGibibytes(8), ByteSize.FromGibibytes(8), 4096, false);
        node.Observe();
        node.Jump(3600);
        Assert.Equal(ModelState.Hot, node.State("a"));
        node.End(node.Ask("a"));
        node.Jump(3600);
        node.Jump(3600);
        Assert.Equal(ModelState.Unloading, node.State("a"));
    }

    [Fact]
    public void Zero_idle_time_means_never()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        node.Jump(TimeSpan.FromDays(3).TotalSeconds);
        Assert.Equal(ModelState.Hot, node.State("a"));
    }

    [Fact]
    public void When_other_programs_need_the_memory_idle_models_go_and_leased_ones_stay()
    {
        var node = new Scheduler(policy: p => p with { Reserve = ByteSize.FromGibibytes(2) }) { Devices = [Gpu(24)] }.Installed("a", 10).Installed("b", 10).Started().Hot("a", "b");
        node.Ask("a");
        node.Devices = [Gpu(0)];
        node.Probe();
        Assert.Equal("b:latest", Assert.Single(node.Unloads).Model.Value);
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.MemoryPressure);
        node.Probe();
        Assert.Single(node.Unloads);
        Assert.Equal(ModelState.Leased, node.State("a"));
    }

    [Fact]
    public void What_others_use_is_not_guessed_while_memory_is_moving()
    {
        var node = new Scheduler { Devices = [Gpu(24)] }.Installed("a", 10).Started();
        node.Ask("a");
        node.Devices = [Gpu(16)];
        node.Probe();
        Assert.Equal(ByteSize.Zero, node.Snapshot.Devices["gpu0"].UsedByOthers);
        node.LoadSucceeds("a");
        node.Devices = [Gpu(12)];
        node.Probe();
        Assert.Equal(ByteSize.FromGibibytes(2), node.Snapshot.Devices["gpu0"].UsedByOthers);
    }

    [Fact]
    public void An_illegal_move_is_announced_and_ignored()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Pull("a", ModelTrigger.LastLeaseReturned);
        Assert.Equal(ModelState.OnDisk, node.State("a"));
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.IllegalTransition);
    }

    [Fact]
    public void Names_whose_download_failed_do_not_pile_up()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        for (var i = 0; i < 50; i++)
        {
            node.Pull($"made-up-{i}", ModelTrigger.PullStarted);
            node.Pull($"made-up-{i}", ModelTrigger.PullFailed);
            node.Wait(1);
        }

        Assert.Equal(["a:latest", .. Enumerable.Range(42, 8).Select(i => $"made-up-{i}:latest")], node.Snapshot.Models.Keys.Select(name => name.Value).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(node.Announcements, a => a.Type == AnnouncementTypes.IllegalTransition);
    }

    [Fact]
    public void Every_change_of_state_is_announced_with_from_and_to()
    {
        var node = new Scheduler().Installed("a", 8).Started().Hot("a");
        var states = node.Announcements.Where(a => a.Type == AnnouncementTypes.ModelState).Select(a => $"{a.Data["from"]}>{a.Data["to"]}");
        Assert.Equal(["absent>on_disk", "on_disk>loading", "loading>hot", "hot>leased", "leased>hot"], states);
    }

    private static DeviceReading Gpu(long free) => new("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), ByteSize.FromGibibytes(free));

    private static Scheduler Pinned(params string[] models) => new(policy: p => p with
    {
        Models = p.Models.AddRange(models.Select(m => KeyValuePair.Create(Scheduler.Name(m), p.DefaultModel with { Pin = true }))),
    });
}
