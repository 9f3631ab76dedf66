using System.Net.Http.Json;
using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>Models that somebody made out of one weights file, before an Ollama that keeps one copy of the file and reloads it for a request with other settings.</summary>
public sealed class SharedWeightsTests
{
    private const string Base = "base:8b";
    private const string Pirate = "pirate:latest";
    private const string Long = "long:latest";

    [Fact]
    public async Task Models_that_differ_in_their_texts_only_are_one_load_and_keep_their_names()
    {
        await using var core = await StartAsync();
        await core.ChatAsync(Base);
        await core.ChatAsync("Pirate");
        await core.ChatAsync(Base);
        await core.LookAsync();

        Assert.Equal((1, 0), (core.Fake.Counts.Loads, core.Fake.Counts.Reloads));
        Assert.Equal(["base:8b", "Pirate", "base:8b"], Asked(core));
        Assert.DoesNotContain(core.Events.Since(0), e => e.Type == AnnouncementTypes.ModelLost);
        Assert.Equal(["base:8b", "long:latest", "pirate:latest"], core.Router.ListModels(Principal.Local).Select(m => m.Name).Order());
        Assert.All(core.Router.ListModels(Principal.Local).Where(m => m.Name != Long), m => Assert.Equal("leased-or-hot", m.State is "hot" or "leased" ? "leased-or-hot" : m.State));
    }

    [Fact]
    public async Task Under_a_context_of_ours_each_has_a_derived_model_of_its_own_and_all_share_the_load()
    {
        await using var core = await StartAsync(new ModelConfig { Name = Base, Context = 8192 }, new ModelConfig { Name = Pirate, Context = 8192 });
        await core.ChatAsync(Base);
        await core.ChatAsync(Pirate);
        await core.ChatAsync(Base);

        Assert.Equal((1, 0), (core.Fake.Counts.Loads, core.Fake.Counts.Reloads));
        var asked = Asked(core);
        Assert.StartsWith("homelab/base:8b-ctx8192-", asked[0], StringComparison.Ordinal);
        Assert.StartsWith("homelab/pirate:latest-ctx8192-", asked[1], StringComparison.Ordinal);
        Assert.Equal(asked[0], asked[2]);
    }

    [Fact]
    public async Task After_a_restart_of_the_daemon_the_replica_that_is_still_there_serves_all_its_names()
    {
        var models = new[] { new ModelConfig { Name = Base, Context = 8192 }, new ModelConfig { Name = Pirate, Context = 8192, Aliases = ["captain"] } };
        await using var first = await StartAsync(models);
        await first.ChatAsync(Base);

        await using var second = await first.RestartAsync(models);
        await second.UntilAsync(Base, ModelState.Hot);
        await second.ChatAsync(Pirate);
        await second.ChatAsync("captain");
        await second.ChatAsync(Base);

        Assert.Equal((1, 0), (second.Fake.Counts.Loads, second.Fake.Counts.Reloads));
        Assert.All(Asked(second)[1..3], name => Assert.StartsWith("homelab/pirate:latest-ctx8192-", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_alias_of_one_reaches_that_one_and_not_the_other_of_its_weights()
    {
        await using var core = await StartAsync(new ModelConfig { Name = Pirate, Aliases = ["captain"] }, new ModelConfig { Name = Base });
        await core.ChatAsync("captain");
        Assert.Equal([Pirate], Asked(core));
    }

    [Fact]
    public async Task A_name_stands_for_itself_where_several_share_a_digest()
    {
        await using var core = await StartAsync();
        using var copied = await core.Fake.Http.PostAsJsonAsync("/api/copy", new { source = Base, destination = "zzz" });
        await core.LookAsync();

        var target = Assert.Single(core.Catalog.Routes.Routes["zzz"].Targets);
        Assert.Equal("zzz:latest", target.Name.Value);
        Assert.Same(core.Catalog.Routes.Routes[Base].Targets[0].Local, target.Local);
    }

    [Fact]
    public async Task Models_with_other_contexts_take_turns_and_ollama_never_swaps_them_under_a_running_request()
    {
        await using var core = await StartAsync();
        var (lease, _) = await core.AskAsync(Base);
        var second = core.AskAsync(Long);
        await core.UntilAsync("the second waits", s => s.Waiters.Count == 1);
        await core.PassAsync(TimeSpan.FromSeconds(20));
        Assert.False(second.IsCompleted);
        Assert.Equal([Base], core.Fake.Loaded);

        lease!.Dispose();
        using var other = (await second.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)).Lease;

        Assert.Equal(Long, other!.UpstreamModel);
        Assert.Equal([Long], core.Fake.Loaded);
        Assert.Equal((2, 0), (core.Fake.Counts.Loads, core.Fake.Counts.Reloads));
        Assert.DoesNotContain(core.Events.Since(0), e => e.Type == AnnouncementTypes.ModelLost);
    }

    [Fact]
    public async Task What_is_alone_of_its_kind_is_not_asked_about()
    {
        var fake = await FakeOllama.StartAsync();
        await using var core = await DaemonCore.StartAsync(fake);
        await core.LookAsync();
        Assert.Equal(0, fake.Count("/api/show"));
    }

    private static string[] Asked(DaemonCore core) =>
        [.. core.Fake.Requests.Where(r => r.Path == "/v1/chat/completions").Select(r => r.Json.GetProperty("model").GetString()!)];

    private static async Task<DaemonCore> StartAsync(params ModelConfig[] models)
    {
        var fake = await FakeOllama.StartAsync(s => s with { Models = [], Catalogue = [] });
        fake.Install(Base, ByteSize.FromGibibytes(5));
        await CreateAsync(fake, new { model = Pirate, from = Base, system = "You are a pirate.", parameters = new { temperature = 0.2 }, stream = false });
        await CreateAsync(fake, new { model = Long, from = Base, parameters = new { num_ctx = 16384 }, stream = false });
        return await DaemonCore.StartAsync(fake, models);
    }

    private static async Task CreateAsync<T>(FakeOllama fake, T body)
    {
        using var created = await fake.Http.PostAsJsonAsync("/api/create", body);
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
    }
}
