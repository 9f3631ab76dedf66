using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>The cases in which Ollama unloads a model of its own choice, whatever is pinned or leased here: one more model than it holds, and a load that it
/// expects to need more than 80 % of the free GPU memory (<c>processPending</c> and <c>load</c> in its <c>server/sched.go</c>). No load may lead it there.</summary>
public sealed class EngineLimitsTests
{
    [Fact]
    public void For_one_model_more_than_the_engine_holds_our_victim_goes_first_although_memory_is_free()
    {
        var node = Node(3).Started().Hot("a", "b", "c");
        var busy = node.Ask("a");

        var request = node.Ask("d");
        Assert.Empty(node.Loads);
        Assert.Equal("b:latest", Assert.Single(node.Unloads).Model.Value);
        node.UnloadEnds("b");
        node.LoadSucceeds("d");

        Assert.True(request.IsGranted && busy.IsRunning);
        Assert.Equal("evicted b:latest (2 GiB, idle 1m) to make room for d:latest", Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.ModelEvicted).Message);
    }

    [Fact]
    public void One_victim_is_enough_and_the_cheapest_is_taken()
    {
        var node = Node(3).Started().Hot("a", "b", "c");
        for (var i = 0; i < 20; i++)
        {
            node.End(node.Ask("a"));
            node.End(node.Ask("b"));
        }

        var decision = Assert.IsType<ResidencyDecision.EvictThenLoad>(Decide(node, "d"));
        Assert.Equal(["c:latest"], decision.Victims.Select(v => v.Value));
        Assert.Equal("Ollama holds at most 3 models at the same time (OLLAMA_MAX_LOADED_MODELS)", decision.Limit);
        Assert.Equal(3, ResidencyPlanner.Options(node.Snapshot, Scheduler.Name("d"), node.Now).Length);
    }

    [Fact]
    public void Where_memory_is_the_reason_no_limit_is_named()
    {
        var node = Node(3).Installed("big", 23).Started().Hot("a");
        Assert.Null(Assert.IsType<ResidencyDecision.EvictThenLoad>(Decide(node, "big")).Limit);
    }

    [Fact]
    public void Where_all_places_are_pinned_or_protected_the_request_is_told_which_limit_it_is()
    {
        var node = Node(2, "a", "b").Started();
        node.LoadSucceeds("a");
        node.LoadSucceeds("b");
        node.Wait(60);

        var request = node.Ask("c");
        Assert.Equal(RefusalReason.WouldEvictProtected, request.Refusal!.Reason);
        Assert.Equal(
            "c:latest cannot be loaded on this node: Ollama holds at most 2 models at the same time (OLLAMA_MAX_LOADED_MODELS), and a:latest and b:latest are pinned or protected by its configuration; "
            + "unload one by hand to make room, or raise that limit and daemon.engines.ollama.max_loaded with it",
            request.Refusal.Message);
        Assert.Empty(node.Unloads);
    }

    [Fact]
    public void A_pin_beyond_what_the_engine_holds_is_reported_and_nothing_loaded_for_it()
    {
        var node = Node(2, "a", "b", "c").Started();
        node.LoadSucceeds("a");
        node.LoadSucceeds("b");
        Assert.Empty(node.Loads);
        Assert.Equal(
            "c:latest is pinned and cannot be loaded: Ollama holds at most 2 models at the same time (OLLAMA_MAX_LOADED_MODELS), and a:latest and b:latest are pinned or protected as well",
            Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.PinUnmet).Message);
    }

    [Fact]
    public void Where_all_are_busy_the_request_waits_and_its_time_out_names_the_limit()
    {
        var node = Node(1).Started().Hot("a");
        var running = node.Ask("a");
        var request = node.Ask("b", patience: TimeSpan.FromSeconds(30));

        node.Wait(31);
        Assert.True(running.IsRunning);
        Assert.Contains("Ollama holds at most 1 model at the same time (OLLAMA_MAX_LOADED_MODELS): a:latest serves 1 request", request.Refusal!.Message, StringComparison.Ordinal);
        Assert.Empty(node.Unloads);
    }

    [Fact]
    public void Past_the_hold_a_busy_model_yields_its_place()
    {
        var node = Node(1).Started().Hot("a");
        var running = node.Ask("a");
        var request = node.Ask("b");
        node.Wait(61);
        var late = node.Ask("a");
        Assert.True(late.IsWaiting);

        node.End(running);
        node.UnloadEnds("a");
        node.LoadSucceeds("b");
        Assert.True(request.IsGranted);
    }

    [Fact]
    public void Models_on_their_way_into_memory_have_a_place_already()
    {
        var node = Node(2).Started();
        node.Ask("a");
        node.Ask("b");
        node.Ask("c");
        Assert.Equal(["a:latest", "b:latest"], node.Loads.Select(l => l.Model.Value));
        Assert.IsType<ResidencyDecision.Wait>(Decide(node, "c"));
    }

    [Fact]
    public void What_others_loaded_behind_our_back_has_a_place_too()
    {
        var node = Node(2).Started().Hot("a");
        node.Memory[Scheduler.Name("stranger")] = new LoadedModel(Scheduler.Name("stranger"), ByteSize.FromGibibytes(1), ByteSize.FromGibibytes(1), 4096, UsedByOthers: false);
        node.Observe();
        node.Ask("b");
        Assert.Empty(node.Loads);
        Assert.Equal("a:latest", Assert.Single(node.Unloads).Model.Value);
    }

    [Fact]
    public void A_place_that_somebody_else_took_meanwhile_is_not_counted_on()
    {
        var node = Node(2).Started().Hot("a", "b");
        node.Ask("c");
        var first = Assert.Single(node.Unloads).Model;
        node.Memory[Scheduler.Name("stranger")] = new LoadedModel(Scheduler.Name("stranger"), ByteSize.FromGibibytes(1), ByteSize.FromGibibytes(1), 4096, UsedByOthers: false);
        node.Observe();
        node.UnloadEnds(first.Value);
        Assert.Empty(node.Loads);
        var second = Assert.Single(node.Unloads).Model;
        node.UnloadEnds(second.Value);
        Assert.Single(node.Loads);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(2, 6)]
    public void An_ollama_that_nobody_told_a_number_holds_three_for_each_gpu(int gpus, int maximum)
    {
        var devices = Enumerable.Range(0, gpus).Select(i => new DeviceSnapshot($"gpu{i}", DeviceKind.Cuda, default, default, default)).Append(new DeviceSnapshot("ram", DeviceKind.Ram, default, default, default));
        Assert.Equal(maximum, EngineLimits.OfOllama(0).Maximum(devices));
        Assert.Equal(5, EngineLimits.OfOllama(5).Maximum(devices));
        Assert.Null(EngineLimits.None.Maximum(devices));
    }

    [Fact]
    public void A_load_that_fits_but_not_within_80_percent_of_what_is_free_evicts_by_our_choice()
    {
        // 16 GiB and a tenth of cache are expected; of 24 GiB 20 are free, and 80 % of these are 16.
        var node = Node(9).Installed("large", 16).Started().Hot("a", "b");
        var decision = Assert.IsType<ResidencyDecision.EvictThenLoad>(Decide(node, "large"));
        Assert.Equal("beside other models Ollama loads only what its own forecast, 17.6 GiB here, puts within 80 % of the free GPU memory", decision.Limit);

        // 22 GiB with one of them gone: 17.6 just do.
        Assert.Single(decision.Victims);
        node.Ask("large");
        node.UnloadEnds(Assert.Single(node.Unloads).Model.Value);
        Assert.Equal("large:latest", Assert.Single(node.Loads).Model.Value);
    }

    [Fact]
    public void A_load_that_would_be_alone_may_take_all_there_is()
    {
        var node = Node(9).Installed("large", 23).Started();
        Assert.IsType<ResidencyDecision.Fits>(Decide(node, "large"));
    }

    [Fact]
    public void Where_the_pinned_one_leaves_too_little_beside_it_the_request_is_refused_and_the_pinned_one_stays()
    {
        var node = Node(9, "a").Installed("large", 20).Started();
        node.LoadSucceeds("a");
        node.Wait(60);
        var request = node.Ask("large");
        Assert.Equal(RefusalReason.WouldEvictProtected, request.Refusal!.Reason);
        Assert.Equal(
            "large:latest cannot be loaded on this node: beside other models Ollama loads only what its own forecast, 22 GiB here, puts within 80 % of the free GPU memory, and a:latest is pinned or protected by its configuration; "
            + "unload one by hand to make room",
            request.Refusal.Message);
    }

    [Fact]
    public void Without_a_gpu_there_is_no_rule_of_free_memory()
    {
        var node = Node(9).Installed("large", 16);
        node.Devices = [new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(24), null)];
        node.Started().Hot("a", "b");
        Assert.IsType<ResidencyDecision.Fits>(Decide(node, "large"));
    }

    [Fact]
    public void Of_two_gpus_one_with_80_percent_is_enough_or_both_together()
    {
        var node = Node(9).Installed("ten", 10).Installed("fourteen", 14).Installed("eighteen", 18);
        node.Devices = [.. Enumerable.Range(0, 2).Select(i => new DeviceReading($"gpu{i}", DeviceKind.Cuda, ByteSize.FromGibibytes(14), null))];
        node.Started().Hot("a");

        // 11 GiB expected, 14 free on one; 15.4 expected, 26 free on both; 19.8 of 20.8 do, and 22 of 20.8 would not.
        Assert.IsType<ResidencyDecision.Fits>(Decide(node, "ten"));
        Assert.IsType<ResidencyDecision.Fits>(Decide(node, "fourteen"));
        Assert.IsType<ResidencyDecision.Fits>(Decide(node, "eighteen"));
        node.Hot("b");
        Assert.IsType<ResidencyDecision.EvictThenLoad>(Decide(node, "eighteen"));
    }

    [Fact]
    public void A_load_waits_for_one_under_way_that_it_would_turn_into_one_too_many()
    {
        // Beside "a", 13.2 GiB are expected of "large" and within 80 % of 22 GiB; not of the 16 that "later" would leave, were it loaded first.
        var node = Node(9).Installed("large", 12).Installed("later", 6).Started().Hot("a");
        node.Ask("large");
        node.Ask("later");
        Assert.Equal("large:latest", Assert.Single(node.Loads).Model.Value);
        node.LoadSucceeds("large");
        Assert.Equal("later:latest", Assert.Single(node.Loads).Model.Value);
    }

    [Fact]
    public void A_load_does_not_wait_for_one_under_way_beside_which_it_fits_in_any_order()
    {
        var node = Node(9).Started().Hot("a");
        node.Ask("b");
        node.Ask("c");
        Assert.Equal(2, node.Loads.Count);
    }

    /// <summary>What is decided once the metadata was asked for and could not be read.</summary>
    private static ResidencyDecision Decide(Scheduler node, string model)
    {
        node.Apply(new ResidencyEvent.ModelInspected(Scheduler.Name(model), "digest-of-" + model, null));
        return node.Decide(model);
    }

    private static Scheduler Node(int maximum, params string[] pinned)
    {
        var node = new Scheduler(policy: p => p with { Models = p.Models.AddRange(pinned.Select(m => KeyValuePair.Create(Scheduler.Name(m), p.DefaultModel with { Pin = true }))) })
        {
            Limits = EngineLimits.OfOllama(maximum),
        };
        foreach (var model in (string[])["a", "b", "c", "d"])
        {
            node.Installed(model, 2);
        }

        return node;
    }
}
