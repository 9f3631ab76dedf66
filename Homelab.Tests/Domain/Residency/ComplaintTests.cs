using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>What users of other servers complained of, as tests of the scheduler; each is named after the report.</summary>
public sealed class ComplaintTests
{
    [Fact]
    public void Lm_studio_bug_1796_eviction_requested_while_in_flight_waits_and_is_never_cut()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        var stream = node.Ask("a");

        var other = node.Ask("b");
        node.Wait(20);
        Assert.True(other.IsWaiting);
        Assert.True(stream.IsRunning);
        Assert.Empty(node.Unloads);

        node.End(stream);
        Assert.Equal("a:latest", Assert.Single(node.Unloads).Model.Value);
        node.UnloadEnds("a");
        node.LoadSucceeds("b");
        Assert.True(other.IsGranted);
    }

    [Fact]
    public void Llama_swap_946_a_request_during_an_idle_unload_reloads_and_never_hangs()
    {
        var node = new Scheduler(policy: p => p with { DefaultModel = p.DefaultModel with { IdleUnload = TimeSpan.FromMinutes(5) } }).Installed("a", 8).Started().Hot("a");
        node.Wait(TimeSpan.FromMinutes(5));
        Assert.Equal(ModelState.Unloading, node.State("a"));

        var request = node.Ask("a");
        Assert.True(request.IsWaiting);
        node.UnloadEnds("a");
        node.LoadSucceeds("a");
        Assert.True(request.IsGranted);
    }

    [Fact]
    public void Llama_swap_612_two_agents_that_alternate_cause_bounded_loads_bounded_waits_and_one_warning()
    {
        var node = new Scheduler().Installed("a", 16).Installed("b", 16).Started().Hot("a");
        var loads = 0;
        var waits = new List<TimeSpan>();
        Request?[] agents = [null, null];
        TimeSpan[] asked = new TimeSpan[2];
        var start = node.Now;
        while (node.Now < start + TimeSpan.FromMinutes(5))
        {
            for (var i = 0; i < 2; i++)
            {
                if (agents[i] is { IsRunning: true } running)
                {
                    waits.Add(running.GrantedAt!.Value - asked[i]);
                    node.End(running);
                }

                if (agents[i] is not { IsWaiting: true })
                {
                    asked[i] = node.Now;
                    agents[i] = node.Ask(i == 0 ? "a" : "b", "agent " + i);
                }
            }

            node.Wait(2);
            foreach (var unload in node.Unloads.ToArray())
            {
                node.UnloadEnds(unload.Model.Value);
            }

            node.Wait(3);
            foreach (var load in node.Loads.ToArray())
            {
                loads++;
                node.LoadSucceeds(load.Model.Value, 3);
            }
        }

        Assert.InRange(loads, 4, 10);
        Assert.True(waits.Max() <= node.Snapshot.Policy.MaximumHold + TimeSpan.FromSeconds(45), $"longest wait {waits.Max()}");
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.Thrash);
    }

    [Fact]
    public void Llama_swap_1127_a_protected_model_stays_and_who_needs_its_room_is_told_so()
    {
        var node = new Scheduler(policy: p => p with { Models = p.Models.Add(Scheduler.Name("keep"), p.DefaultModel with { Protect = true }) })
            .Installed("keep", 16).Installed("other", 16).Started().Hot("keep");

        var request = node.Ask("other");

        Assert.Equal(RefusalReason.WouldEvictProtected, request.Refusal?.Reason);
        Assert.Contains("keep:latest", request.Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(ModelState.Hot, node.State("keep"));
    }

    [Fact]
    public void Ollama_12247_a_small_embedder_never_evicts_a_chat_model_when_both_fit()
    {
        var node = new Scheduler().Installed("chat", 20).Installed("embedder", 0.3, ["embedding"]).Started().Hot("chat");

        var request = node.Ask("embedder");
        Assert.True(Assert.Single(node.Loads).IsEmbedder);
        node.LoadSucceeds("embedder");

        Assert.True(request.IsGranted);
        Assert.Equal(ModelState.Hot, node.State("chat"));
        Assert.Equal(0, node.Count<ResidencyEffect.CloseIdleGate>("chat"));
    }

    [Fact]
    public void Fifty_callers_of_a_cold_model_share_one_load_and_all_are_answered()
    {
        var node = new Scheduler(policy: p => p with { DefaultModel = p.DefaultModel with { Parallel = 4 } }).Installed("a", 8).Started();
        var requests = Enumerable.Range(0, 50).Select(i => node.Ask("a", "key " + (i % 3))).ToArray();
        Assert.Equal(1, node.Count<ResidencyEffect.StartLoad>("a"));

        node.LoadSucceeds("a");
        while (requests.FirstOrDefault(r => r.IsRunning) is { } running)
        {
            Assert.InRange(node.Gate("a")!.Leases, 1, 4);
            node.End(running);
        }

        Assert.All(requests, r => Assert.True(r.IsGranted));
        Assert.Equal(1, node.Count<ResidencyEffect.StartLoad>("a"));
        Assert.Equal(0, node.Gate("a")!.Leases);
    }

    [Fact]
    public void Lm_studio_bug_2051_a_model_loaded_by_hand_is_seen_accounted_and_evictable()
    {
        var node = new Scheduler().Installed("mine", 16).Installed("theirs", 12).Started();
        node.Memory[Scheduler.Name("theirs")] = new LoadedModel(Scheduler.Name("theirs"), ByteSize.FromGibibytes(12), ByteSize.FromGibibytes(12), 4096, false);
        node.Observe();
        Assert.Equal(ModelState.Hot, node.State("theirs"));
        Assert.True(node.Snapshot.Models[Scheduler.Name("theirs")].Replica!.Foreign);
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.ModelFound);

        var request = node.Ask("mine");
        Assert.Empty(node.Loads);
        node.Wait(60);
        node.UnloadEnds("theirs");
        node.LoadSucceeds("mine");
        Assert.True(request.IsGranted);
    }

    [Fact]
    public void Llama_swap_97_the_next_load_waits_until_the_memory_is_really_back()
    {
        var node = new Scheduler().Installed("a", 10).Installed("b", 10).Installed("big", 20).Started().Hot("a", "b");
        node.Ask("big");
        Assert.Equal(2, node.Unloads.Count);
        Assert.Empty(node.Loads);

        node.UnloadEnds("a");
        Assert.Empty(node.Loads);
        node.UnloadEnds("b");
        Assert.Equal("big:latest", Assert.Single(node.Loads).Model.Value);
    }

    [Fact]
    public void A_load_that_fails_twice_backs_off_tells_its_callers_why_and_blocks_nobody()
    {
        var node = new Scheduler().Installed("broken", 8).Installed("fine", 8).Started();
        var first = node.Ask("broken");
        node.LoadFails("broken", reason: "unsupported architecture");
        Assert.Equal(RefusalReason.LoadFailed, first.Refusal?.Reason);
        Assert.Contains("unsupported architecture", first.Refusal!.Message, StringComparison.Ordinal);

        node.Wait(6);
        var second = node.Ask("broken");
        var other = node.Ask("fine");
        node.LoadFails("broken", reason: "unsupported architecture");
        Assert.Equal(RefusalReason.LoadFailed, second.Refusal?.Reason);
        node.LoadSucceeds("fine");
        Assert.True(other.IsGranted);

        Assert.Equal(ModelState.Failed, node.State("broken"));
        var third = node.Ask("broken");
        Assert.Contains("2 failures in a row", third.Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(10), third.Refusal.RetryAfter);
        Assert.Empty(node.Loads);
    }

    [Fact]
    public void A_foreign_program_that_takes_six_gibibytes_changes_the_verdicts()
    {
        var node = new Scheduler { Devices = [new DeviceReading("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), ByteSize.FromGibibytes(24))] }
            .Installed("a", 10).Installed("b", 10).Installed("large", 20).Started();
        Assert.True(Is<ResidencyDecision.Unknown>(node.Decide("large")));
        node.Ask("a");
        node.LoadSucceeds("a");
        var large = node.Ask("large");
        Assert.True(large.IsWaiting);

        node.Devices = [new DeviceReading("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), ByteSize.FromGibibytes(8))];
        node.Probe();

        Assert.Equal(RefusalReason.ModelTooLarge, large.Refusal?.Reason);
        Assert.Contains("18 GiB", large.Refusal!.Message, StringComparison.Ordinal);
        var beside = node.Ask("b");
        Assert.True(beside.IsWaiting);
        Assert.Empty(node.Loads);
    }

    /// <summary>Acceptance test 23: no NVML, WSL, Jetson, unified memory. A device that nothing measures is budgeted by what was declared.</summary>
    [Fact]
    public void Memory_that_nobody_can_measure_is_budgeted_and_no_figure_is_made_up()
    {
        var node = new Scheduler { Devices = [new DeviceReading("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), null)] }
            .Installed("a", 10).Installed("b", 10).Installed("c", 10).Started().Hot("a", "b");
        Assert.Equal(ByteSize.Zero, node.Snapshot.Devices["gpu0"].UsedByOthers);

        node.Ask("c");
        Assert.Single(node.Unloads);
        node.Probe();
        Assert.Equal(ByteSize.Zero, node.Snapshot.Devices["gpu0"].UsedByOthers);
        Assert.True(NodeRoom.Decided(node.Snapshot).IsWithinBudget);
    }

    /// <summary>The same, where there is no reading at all: requests wait for one and nothing falls over.</summary>
    [Fact]
    public void A_probe_that_reads_nothing_makes_requests_wait_and_its_first_reading_serves_them()
    {
        var node = new Scheduler { Devices = [] }.Installed("a", 10).Started();
        var request = node.Ask("a");
        node.Probe();
        Assert.True(request.IsWaiting);
        Assert.Empty(node.Loads);

        node.Devices = [new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(24), null)];
        node.Probe();
        node.LoadSucceeds("a");
        Assert.True(request.IsGranted);
    }

    /// <summary>Acceptance test 21.</summary>
    [Fact]
    public void After_one_measured_load_the_next_decision_is_made_with_the_measurement()
    {
        var node = new Scheduler().Installed("a", 10).Installed("b", 10).Started();
        node.Ask("a");
        node.LoadSucceeds("a", 5, new LoadedModel(Scheduler.Name("a"), ByteSize.FromGibibytes(15), ByteSize.FromGibibytes(15), 4096, false));

        var beside = node.Ask("b");
        Assert.True(beside.IsWaiting);
        Assert.Empty(node.Loads);
        Assert.Equal(ByteSize.FromGibibytes(15), LoadTerms.Of(node.Snapshot, node.Snapshot.Models[Scheduler.Name("a")]).Estimate.Total);
    }

    [Fact]
    public void Two_loads_that_race_never_share_a_byte()
    {
        var node = new Scheduler().Installed("a", 14).Installed("b", 14).Started();
        node.Ask("a");
        var second = node.Ask("b");
        Assert.Equal("a:latest", Assert.Single(node.Loads).Model.Value);
        Assert.True(second.IsWaiting);
    }

    private static bool Is<T>(ResidencyDecision decision) => decision is T;
}
