using System.Collections.Immutable;
using CsCheck;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>Who goes when room is needed, and in which order it happens.</summary>
public sealed class EvictionTests
{
    [Fact]
    public void The_set_that_is_cheapest_to_reload_goes_even_if_it_is_larger()
    {
        var node = new Scheduler().Installed("busy", 8).Installed("quiet1", 8).Installed("quiet2", 8).Installed("new", 14).Started().Hot("busy", "quiet1", "quiet2");
        for (var i = 0; i < 20; i++)
        {
            node.End(node.Ask("busy"));
        }

        node.Wait(5);
        node.Ask("new");
        Assert.Equal(["quiet1:latest", "quiet2:latest"], node.Unloads.Select(u => u.Model.Value).Order());
    }

    [Fact]
    public void Of_equal_prices_the_one_unused_for_longest_goes()
    {
        var node = new Scheduler().Installed("a", 8).Installed("b", 8).Installed("c", 8).Installed("new", 8).Started().Hot("a", "b", "c");
        node.Jump(36000);
        node.End(node.Ask("a"));
        node.Jump(7200);
        node.End(node.Ask("b"));
        node.Jump(7200);
        node.Ask("new");
        Assert.Equal("c:latest", Assert.Single(node.Unloads).Model.Value);
    }

    [Fact]
    public void Nothing_is_evicted_for_what_fits_beside_it()
    {
        var node = new Scheduler().Installed("a", 8).Installed("b", 8).Installed("c", 8).Started().Hot("a", "b", "c");
        Assert.Equal(3, node.Snapshot.Models.Values.Count(m => m.State == ModelState.Hot));
        Assert.DoesNotContain(node.Announcements, a => a.Type == AnnouncementTypes.ModelEvicted);
    }

    [Fact]
    public void A_replica_younger_than_the_minimum_residency_stays()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started();
        var first = node.Ask("a");
        node.LoadSucceeds("a", 1);
        node.End(first);
        node.Ask("b");
        node.Wait(29);
        Assert.Empty(node.Unloads);
        node.Wait(1);
        Assert.Single(node.Unloads);
    }

    [Fact]
    public void A_replica_that_loaded_slowly_stays_for_twice_as_long()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started();
        var first = node.Ask("a");
        node.LoadSucceeds("a", 40);
        node.End(first);
        node.Ask("b");
        node.Wait(79);
        Assert.Empty(node.Unloads);
        node.Wait(1);
        Assert.Single(node.Unloads);
    }

    [Fact]
    public void A_request_that_slips_in_before_the_gate_closes_saves_its_replica_and_the_others_stay_open()
    {
        var node = new Scheduler().Installed("a", 10).Installed("b", 10).Installed("big", 20).Started().Hot("a", "b");
        Request? slipped = null;
        node.BeforeEffect = effect =>
        {
            if (slipped is null && effect is ResidencyEffect.CloseIdleGate { Model.Value: "b:latest" })
            {
                slipped = node.Ask("b");
            }
        };
        var big = node.Ask("big");

        Assert.True(slipped!.IsRunning);
        Assert.Empty(node.Unloads);
        Assert.Equal(GateState.Open, node.Gate("a")!.State);
        node.End(slipped);
        Assert.Equal(2, node.Unloads.Count);
        Assert.True(big.IsWaiting);
    }

    [Fact]
    public void No_second_eviction_counts_on_room_that_a_busy_gate_takes_back()
    {
        // Once the running request ends, both find room: first by evicting "large", second within what that frees too much and "small".
        var node = new Scheduler().Installed("large", 16).Installed("small", 8).Installed("first", 10).Installed("second", 14).Started().Hot("large", "small");
        var holdsLarge = node.Ask("large");
        var holdsSmall = node.Ask("small");
        node.Ask("first");
        node.Ask("second");
        node.End(holdsSmall);
        var slipped = false;
        node.BeforeEffect = effect =>
        {
            if (!slipped && effect is ResidencyEffect.CloseIdleGate { Model.Value: "large:latest" })
            {
                slipped = true;
                node.Ask("large");
            }
        };
        node.AfterStep = (_, _, _) => Assert.True(NodeRoom.Decided(node.Snapshot).IsWithinBudget);
        node.End(holdsLarge);

        Assert.True(slipped);
        Assert.DoesNotContain(node.Unloads, u => u.Model.Value == "large:latest");
    }

    [Fact]
    public void A_victim_that_cannot_be_unloaded_stays_and_the_load_is_decided_again()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        var request = node.Ask("b");
        node.UnloadFails("a");
        Assert.Equal(ModelState.Hot, node.State("a"));
        Assert.Empty(node.Unloads);
        node.Wait(6);
        node.UnloadEnds("a");
        node.LoadSucceeds("b");
        Assert.True(request.IsGranted);
    }

    [Fact]
    public void Room_that_is_coming_back_anyway_is_waited_for_not_evicted_for()
    {
        var node = new Scheduler().Installed("a", 10).Installed("b", 10).Installed("c", 10).Started().Hot("a", "b");
        node.UnloadWanted("a");
        node.Ask("c");
        Assert.IsType<ResidencyDecision.Wait>(node.Decide("c"));
        Assert.Equal("a:latest", Assert.Single(node.Unloads).Model.Value);
        node.UnloadEnds("a");
        Assert.Equal("c:latest", Assert.Single(node.Loads).Model.Value);
    }

    [Fact]
    public void An_eviction_is_announced_with_its_figures()
    {
        var node = new Scheduler().Installed("qwen3:8b", 16).Installed("gemma3", 16).Started().Hot("qwen3:8b");
        node.Wait(60);
        node.Ask("gemma3");
        node.UnloadEnds("qwen3:8b");
        var announced = Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.ModelEvicted);
        Assert.Equal("evicted qwen3:8b (16 GiB, idle 2m) to make room for gemma3:latest", announced.Message);
        Assert.Equal("evicted", announced.Data["reason"]);
    }

    [Fact]
    public void The_options_shown_hold_the_chosen_set_first()
    {
        var node = new Scheduler().Installed("a", 8).Installed("b", 8).Installed("c", 8).Installed("new", 8).Started().Hot("a", "b", "c");
        node.Ask("new");
        node.Leave(node.Requests.Last());
        node.UnloadFails(node.Unloads[0].Model.Value);
        node.Wait(10);
        var options = ResidencyPlanner.Options(node.Snapshot, Scheduler.Name("new"), node.Now);
        Assert.Equal(3, options.Length);
        Assert.Equal([true, false, false], options.Select(o => o.Chosen));
        Assert.Equal(options[0].Victims.AsEnumerable(), Assert.IsType<ResidencyDecision.EvictThenLoad>(node.Decide("new")).Victims);
    }

    [Fact]
    public void The_chosen_set_is_the_cheapest_of_all_and_no_victim_is_superfluous() =>
        Gen.Select(Gen.Select(Gen.Int[1, 12], Gen.Int[0, 40], Gen.Int[0, 100]).Array[1, 15], Gen.Int[1, 60]).Sample((all, need) =>
        {
            var snapshot = new ResidencySnapshot { Policy = new ResidencyPolicy { DefaultModel = new ModelPolicy(false, false, default, 0, 1) } };
            snapshot = snapshot with { Devices = snapshot.Devices.Add("gpu0", new DeviceSnapshot("gpu0", DeviceKind.Cuda, default, default, default)) };
            var candidates = all.Select((c, i) => new EvictionCandidate(ModelName.Parse("m" + i), [new DeviceAllocation("gpu0", new ByteSize(c.Item1))], c.Item2, TimeSpan.FromSeconds(c.Item3), false)).ToImmutableArray();
            var options = EvictionPolicy.Options(candidates, NodeRoom.Empty(snapshot), room => room.Free("gpu0") >= need);

            var masks = Enumerable.Range(1, (1 << all.Length) - 1).Where(m => Of(m).Sum(c => c.Item1) >= need).ToArray();
            Assert.Equal(masks.Length == 0, options.IsEmpty);
            if (masks.Length > 0)
            {
                var chosen = all.Where((_, i) => options[0].Victims.Contains(ModelName.Parse("m" + i))).ToArray();
                Assert.All(chosen, c => Assert.True(chosen.Sum(o => o.Item1) - c.Item1 < need));
                Assert.True(chosen.Sum(o => o.Item1) >= need);
                Assert.True(all.Length > EvictionPolicy.Exhaustive || options[0].CostSeconds <= masks.Min(m => Of(m).Sum(c => c.Item2)));
            }

            IEnumerable<(int, int, int)> Of(int mask) => all.Where((_, i) => (mask & (1 << i)) != 0);
        }, iter: 1000);
}
