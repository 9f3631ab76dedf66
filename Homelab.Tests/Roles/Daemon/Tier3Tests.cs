using System.Text.Json;
using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>What a daemon does itself and what it asks its hub for, before a fake Ollama and a hub that is whatever the test says.</summary>
public sealed class Tier3Tests : IDisposable
{
    private const string Small = "small:8b";
    private const string Other = "other:14b";
    private const string Huge = "huge:70b";

    private readonly FakeHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task What_fits_here_is_served_here_whatever_the_cluster_has()
    {
        await using var core = await StartAsync();
        _hub.List((Small, "hot"), (Huge, "hot"));
        using var cold = (await AskAsync(core, Small)).Lease;
        using var hot = (await AskAsync(core, Small)).Lease;

        Assert.Equal(("local-hot", "local-hot"), (cold!.Tier, hot!.Tier));
        Assert.Equal(0, core.Router.Delegated);
    }

    [Theory]
    [InlineData("huge:70b", "huge:70b", "huge:70b")]
    [InlineData("genius", "genius", "huge:70b")]
    [InlineData("brain", "huge:70b", "huge:70b")]
    [InlineData("HUGE:70B", "HUGE:70B", "huge:70b")]
    public async Task What_is_only_elsewhere_goes_to_the_hub_under_a_name_that_it_knows(string asked, string sent, string canonical)
    {
        await using var core = await StartAsync(c => c.Models.Add(new ModelConfig { Alias = "brain", Of = ["nowhere:1b", Huge] }));
        _hub.List((Small, "on_disk"), (Huge, "on_disk"));

        using (var lease = (await AskAsync(core, asked)).Lease)
        {
            Assert.Equal(("hub", sent, canonical), (lease!.Tier, lease.UpstreamModel, lease.Model));
            Assert.Same(_hub.Upstream, lease.Upstream);
            Assert.Equal(1, core.Router.Delegated);
            lease.Dispose();
        }

        Assert.Equal(0, core.Router.Delegated);
        Assert.Null(core.Router.CheckServable(DaemonCore.DemandFor(asked)));
        Assert.Equal("delegate", (await core.ExplainAsync(asked)).Decision);
    }

    [Fact]
    public async Task What_is_too_large_here_goes_to_the_hub_and_is_refused_in_our_words_once_the_hub_refused_it()
    {
        await using var core = await StartAsync();
        core.Fake.Install(Huge, ByteSize.FromGibibytes(40));
        await core.LookAsync();
        _hub.List((Huge, "on_disk"));

        using var lease = (await AskAsync(core, Huge)).Lease;
        Assert.Equal("hub", lease?.Tier);
        var explained = await core.ExplainAsync(Huge);
        Assert.Equal(("delegate", "delegate", "too_large"), (explained.Decision, explained.Candidates[0].Decision, explained.Candidates[1].Decision));
        Assert.Contains(_hub.Address, explained.Why, StringComparison.Ordinal);

        var again = await AskAsync(core, DaemonCore.DemandFor(Huge) with { Excluded = [Upstream.Hub] });
        Assert.Equal(RefusalReason.ModelTooLarge, again.Refusal?.Reason);
    }

    [Fact]
    public async Task What_only_protected_models_hold_out_goes_to_the_hub()
    {
        await using var core = await StartAsync(c => c.Models.Add(new ModelConfig { Name = Small, Protect = true }));
        _hub.List((Other, "on_disk"));
        await core.ChatAsync(Small);

        using var lease = (await AskAsync(core, Other)).Lease;
        Assert.Equal("hub", lease?.Tier);
        _hub.State = HubState.Unreachable;
        Assert.Equal(RefusalReason.WouldEvictProtected, (await AskAsync(core, Other)).Refusal?.Reason);
    }

    [Fact]
    public async Task What_could_not_be_loaded_here_goes_to_the_hub_at_once_and_while_it_backs_off()
    {
        await using var core = await StartAsync();
        _hub.List((Small, "on_disk"));
        core.Fake.Faults.FailNextLoad("llama-server process has terminated: error loading model");

        using var first = (await AskAsync(core, Small)).Lease;
        using var second = (await AskAsync(core, Small)).Lease;
        Assert.Equal(("hub", "hub"), (first?.Tier, second?.Tier));
        Assert.Null(core.Router.CheckServable(DaemonCore.DemandFor(Small)));
    }

    [Fact]
    public async Task What_must_wait_here_goes_to_the_hub_only_where_it_is_hot_elsewhere()
    {
        await using var core = await StartAsync();
        var busy = (await AskAsync(core, Small)).Lease!;
        _hub.List((Other, "hot"));
        using (var lease = (await AskAsync(core, Other)).Lease)
        {
            Assert.Equal("hub", lease?.Tier);
        }

        _hub.List((Other, "on_disk"));
        var waiting = AskAsync(core, Other);
        var refusedByHub = AskAsync(core, DaemonCore.DemandFor(Other) with { Excluded = [Upstream.Hub] });
        await core.UntilAsync("both wait here", s => s.Waiters.Count == 2);

        busy.Dispose();
        using var here = (await waiting).Lease;
        using var here2 = (await refusedByHub).Lease;
        Assert.Equal(("local-hot", "local-hot"), (here?.Tier, here2?.Tier));
    }

    [Fact]
    public async Task Acceptance_27_hub_that_is_down_costs_only_what_is_not_here()
    {
        await using var core = await StartAsync();
        _hub.List((Huge, "hot"), (Small, "on_disk"));
        (_hub.State, _hub.Problem) = (HubState.Unreachable, "connection refused");

        using var cold = (await AskAsync(core, Small)).Lease;
        using var hot = (await AskAsync(core, Small)).Lease;
        Assert.Equal(("local-hot", "local-hot"), (cold?.Tier, hot?.Tier));

        foreach (var model in new[] { Huge, "never-heard:1b" })
        {
            var refusal = (await AskAsync(core, model)).Refusal!;
            Assert.Equal((RefusalReason.HubUnreachable, TimeSpan.FromSeconds(10)), (refusal.Reason, refusal.RetryAfter));
            Assert.Contains($"the hub at {_hub.Address} does not answer: connection refused", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(RefusalReason.HubUnreachable, core.Router.CheckServable(DaemonCore.DemandFor(model))?.Reason);
        }

        Assert.DoesNotContain(core.Router.ListModels(Principal.Local), m => m.Name == Huge);
        Assert.Contains(core.Router.ListModels(Principal.Local), m => m.Name == Small);
    }

    [Fact]
    public async Task Acceptance_32_what_was_delegated_to_this_machine_is_never_delegated_again()
    {
        await using var core = await StartAsync();
        core.Fake.Install(Huge, ByteSize.FromGibibytes(40));
        await core.LookAsync();
        _hub.List((Huge, "hot"), (Other, "hot"), ("elsewhere:7b", "hot"));

        var loop = (await AskAsync(core, DaemonCore.DemandFor("elsewhere:7b") with { Hops = 1 })).Refusal!;
        Assert.Equal(RefusalReason.LoopDetected, loop.Reason);
        Assert.Contains("not installed on tower", loop.Message, StringComparison.Ordinal);
        Assert.Equal(RefusalReason.ModelTooLarge, (await AskAsync(core, DaemonCore.DemandFor(Huge) with { Hops = 2 })).Refusal?.Reason);
        Assert.Equal(RefusalReason.ModelNotFound, (await AskAsync(core, DaemonCore.DemandFor("nowhere:1b") with { Hops = 1 })).Refusal?.Reason);

        using var busy = (await AskAsync(core, Small)).Lease;
        var waiting = AskAsync(core, DaemonCore.DemandFor(Other) with { Hops = 1 });
        await core.UntilAsync("it waits here although it is hot elsewhere", s => s.Waiters.Count == 1);
        busy!.Dispose();
        using var here = (await waiting).Lease;
        Assert.Equal("local-hot", here?.Tier);
        Assert.Equal(0, core.Router.Delegated);
    }

    [Fact]
    public async Task Engine_that_is_down_leaves_the_hub()
    {
        await using var core = await StartAsync();
        _hub.List((Small, "on_disk"));
        await core.Fake.GoDownAsync();
        await core.LookAsync();

        using var lease = (await AskAsync(core, Small)).Lease;
        Assert.Equal("hub", lease?.Tier);
        Assert.Equal("hub", core.Router.FindEngine(new EngineDemand(Small, Principal.Local, Reads: true)).Upstream?.Node);
        Assert.Null(core.Router.FindEngine(new EngineDemand(Small, Principal.Local, Reads: false)).Upstream);
    }

    [Fact]
    public async Task Model_that_the_last_list_lacks_is_asked_for_all_the_same_and_refused_here_after_the_hub_did()
    {
        await using var core = await StartAsync();
        _hub.List((Huge, "hot"));
        using (var asked = (await AskAsync(core, "nowhere:1b")).Lease)
        {
            Assert.Equal(("hub", "unlisted"), (asked?.Tier, asked?.Model));
        }

        var refusal = (await core.Router.RouteAsync(DaemonCore.DemandFor("nowhere:1b") with { Excluded = [Upstream.Hub] }, default)).Refusal!;
        Assert.Equal(RefusalReason.ModelNotFound, refusal.Reason);
    }

    [Fact]
    public async Task Model_that_the_last_list_lacks_is_no_loop_for_a_delegated_request()
    {
        await using var core = await StartAsync();
        _hub.List((Huge, "hot"));

        var refusal = (await core.Router.RouteAsync(DaemonCore.DemandFor("nowhere:1b") with { Hops = 1 }, default)).Refusal!;
        Assert.Equal(RefusalReason.ModelNotFound, refusal.Reason);
        Assert.Contains("not installed on any node", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_on_demand_comes_after_the_cluster()
    {
        await using var core = await StartAsync(c => c.Daemon.PullOnDemand = true);
        _hub.List((Huge, "hot"));

        using (var huge = (await AskAsync(core, Huge)).Lease)
        {
            Assert.Equal("hub", huge?.Tier);
        }

        Assert.Equal(0, core.Fake.Count("/api/pull"));
        Assert.NotNull((await AskAsync(core, DaemonCore.DemandFor(Huge) with { Excluded = [Upstream.Hub] })).Refusal);
        Assert.Equal(0, core.Fake.Count("/api/pull"));
    }

    [Fact]
    public async Task Lists_hold_this_machines_models_first_and_then_those_of_others()
    {
        await using var core = await StartAsync();
        _hub.List((Small, "hot"), (Huge, "hot"), ("mine:1b", "here"), ("a:1b", "failed"));
        var models = core.Router.ListModels(Principal.Local);

        Assert.Equal([Other, Small, "a:1b", Huge, "genius"], models.Select(m => m.Name));
        var huge = models.Single(m => m.Name == Huge);
        Assert.Equal(("hot", 4096L, JsonValueKind.Undefined), (huge.State, huge.SizeBytes, huge.EngineEntry.ValueKind));
        Assert.True(models.Single(m => m.Name == "genius").IsAlias);

        var scoped = new Principal("n8n", false) { Models = [new ModelPattern("huge*")] };
        Assert.Equal([Huge, "genius"], core.Router.ListModels(scoped).Select(m => m.Name));
    }

    [Fact]
    public async Task What_is_in_memory_elsewhere_is_loaded_for_whoever_asks_here()
    {
        await using var core = await StartAsync();
        _hub.List((Small, "hot"), (Huge, "hot"), ("a:1b", "on_disk"));

        var loaded = core.Router.ListModels(Principal.Local).Where(m => m.LoadedEntry.ValueKind == JsonValueKind.Object).ToDictionary(m => m.Name, m => m.LoadedEntry);
        Assert.Equal([Huge, Small], loaded.Keys.Order());
        Assert.Equal((Huge, 3L << 30, 8192), (loaded[Huge].GetProperty("model").GetString(), loaded[Huge].GetProperty("size_vram").GetInt64(), loaded[Huge].GetProperty("context_length").GetInt32()));
        Assert.True(loaded[Small].TryGetProperty("digest", out _));

        _hub.State = HubState.Unreachable;
        Assert.DoesNotContain(core.Router.ListModels(Principal.Local), m => m.LoadedEntry.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task Scoped_key_is_held_to_its_models_here_and_elsewhere_by_what_a_name_stands_for()
    {
        await using var core = await StartAsync(c => c.Models.Add(new ModelConfig { Alias = "any", Of = [Small, Other] }));
        _hub.List((Small, "hot"), (Huge, "hot"));
        var scoped = new Principal("n8n", false) { Models = [new ModelPattern("other:*")] };

        foreach (var model in new[] { Small, Huge, "genius" })
        {
            Assert.Equal(RefusalReason.NotPermitted, (await AskAsync(core, DaemonCore.DemandFor(model) with { Principal = scoped })).Refusal?.Reason);
            Assert.Equal(RefusalReason.NotPermitted, core.Router.CheckServable(DaemonCore.DemandFor(model) with { Principal = scoped })?.Reason);
            Assert.Equal(RefusalReason.NotPermitted, core.Router.FindEngine(new EngineDemand(model, scoped, Reads: true)).Refusal?.Reason);
        }

        using var lease = (await AskAsync(core, DaemonCore.DemandFor("any") with { Principal = scoped })).Lease;
        Assert.Equal(Other, lease?.Model);
    }

    [Fact]
    public async Task Show_of_what_is_elsewhere_asks_the_hub_and_what_changes_something_stays_here()
    {
        await using var core = await StartAsync();
        _hub.List((Huge, "hot"));

        Assert.Equal(("hub", Huge), Engine(new EngineDemand(Huge, Principal.Local, Reads: true)));
        Assert.Equal(("tower", Huge), Engine(new EngineDemand(Huge, Principal.Local, Reads: false)));
        Assert.Equal(("tower", Huge), Engine(new EngineDemand(Huge, Principal.Local, Reads: true, Hops: 1)));
        Assert.Equal(("tower", Small), Engine(new EngineDemand(Small, Principal.Local, Reads: true)));
        _hub.State = HubState.Connecting;
        Assert.Equal(RefusalReason.HubUnreachable, core.Router.FindEngine(new EngineDemand(Huge, Principal.Local, Reads: true)).Refusal?.Reason);

        (string?, string?) Engine(EngineDemand demand) => core.Router.FindEngine(demand) is var found ? (found.Upstream?.Node, found.Model) : default;
    }

    [Fact]
    public async Task Alias_that_only_the_hub_knows_leads_to_the_model_that_is_here()
    {
        await using var core = await StartAsync();
        core.Fake.Install(Huge, ByteSize.FromGibibytes(2));
        await core.LookAsync();
        _hub.List((Huge, "here"));

        using var lease = (await AskAsync(core, "genius")).Lease;
        Assert.Equal(("local-hot", Huge), (lease?.Tier, lease?.UpstreamModel));
    }

    private static Task<RouteOutcome> AskAsync(DaemonCore core, string model) => AskAsync(core, DaemonCore.DemandFor(model));

    private static Task<RouteOutcome> AskAsync(DaemonCore core, Demand demand) => core.Router.RouteAsync(demand, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

    private async Task<DaemonCore> StartAsync(Action<HomelabConfig>? configure = null)
    {
        var fake = await FakeOllama.StartAsync(s => s with { Models = [], Catalogue = [] });
        fake.Install(Small, ByteSize.FromGibibytes(14));
        fake.Install(Other, ByteSize.FromGibibytes(14));
        var config = new HomelabConfig();
        configure?.Invoke(config);
        return await DaemonCore.StartAsync(fake, config, _hub);
    }
}
