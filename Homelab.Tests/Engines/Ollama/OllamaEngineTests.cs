using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Engines.Ollama;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>The engine against recorded answers and against the traps that Ollama sets.</summary>
public sealed class OllamaEngineTests
{
    private const string Digest = "6c08ae788f082d9f2c6a464a54e668fc4e98277d722d9679aab16e2d51ea894a";
    private const string Derived = "homelab/tiny:latest-ctx8192-6c08ae788f08";
    private static readonly ModelName Tiny = ModelName.Parse("tiny");

    public static TheoryData<string> Versions => RecordedExchange.Versions;

    [Theory, MemberData(nameof(Versions))]
    public async Task Observation_of_a_real_ollama_lists_what_is_installed_and_loaded(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "003", "021", "031");
        await using var engine = Engine(server);
        Assert.Null(engine.Endpoint);
        var seen = await engine.ObserveAsync(default);

        Assert.Equal(version, seen.Version);
        Assert.Equal(["tiny-sys:latest", "tiny2:v1", "tiny:latest", "tinyembed:latest", "tinystop:latest"], seen.Installed.Select(m => m.Name.Value).Order(StringComparer.Ordinal));
        var tiny = seen.Installed.Single(m => m.Name == Tiny);
        Assert.InRange(tiny.FileSize.Bytes, 452_000, 453_000);
        Assert.Equal(64, tiny.Digest.Length);
        Assert.True(seen.Installed.Single(m => m.Name == ModelName.Parse("tinyembed")).IsEmbedder);
        var loaded = Assert.Single(seen.Loaded);
        Assert.Equal((Tiny, 2048), (loaded.Name, loaded.Context));
        Assert.True(loaded.TotalBytes.Bytes > 0 && loaded.ExpiresAt.Year == 2026);
        Assert.Equal("tiny:latest", seen.Entries[Tiny].GetProperty("name").GetString());
        Assert.Equal("tiny:latest", seen.LoadedEntries[Tiny].GetProperty("name").GetString());
        Assert.NotNull(engine.Endpoint);
        Assert.Equal($"127.0.0.1:{server.Address.Port}", engine.Endpoint.HostHeader);
    }

    [Fact]
    public async Task Ollama_that_is_switched_off_is_never_asked_anything()
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003", "021", "031");
        await using var engine = new OllamaEngine(OllamaClientTests.Client(server.Address), supervisor: null, allowCloud: false, TimeProvider.System) { IsOff = true };

        await engine.StartAsync(default);
        var problem = await Assert.ThrowsAsync<EngineException>(() => engine.ObserveAsync(default));
        Assert.Equal((LoadFailure.EngineDown, "daemon.engines.ollama.manage is off"), (problem.Kind, problem.Message));
        Assert.Throws<EngineException>(() => { _ = engine.PullAsync(Tiny, default); });
        Assert.Null(engine.Endpoint);
        Assert.Empty(server.Calls);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Observing_loads_nothing(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "003", "021", "031");
        await using var engine = Engine(server);
        for (var i = 0; i < 5; i++)
        {
            await engine.ObserveAsync(default);
        }

        // Asking what a model is made of loads nothing either, and is done once.
        Assert.All(server.Calls, call => Assert.True(call.StartsWith("GET ", StringComparison.Ordinal) || call == "POST /api/show", call));
        Assert.InRange(server.Calls.Count(call => call == "POST /api/show"), 0, 5);
    }

    [Theory]
    [InlineData("""{"name":"gpt-oss:120b-cloud","model":"gpt-oss:120b-cloud","size":384,"digest":"aa","remote_model":"gpt-oss:120b","remote_host":"https://ollama.com:443"}""")]
    [InlineData("""{"name":"mine:latest","model":"mine:latest","size":384,"digest":"aa","remote_host":"https://ollama.com:443"}""")]
    [InlineData("""{"name":"mine:latest","model":"mine:latest","size":384,"digest":"aa","remote_model":"gpt-oss:120b"}""")]
    [InlineData("""{"name":"glm-4.6:cloud","model":"glm-4.6:cloud","size":384,"digest":"aa"}""")]
    public async Task Cloud_model_is_listed_only_where_allowed(string entry)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003", "005").On("GET /api/tags", $$"""{"models":[{{entry}}]}""");
        await using var strict = Engine(server);
        Assert.Empty((await strict.ObserveAsync(default)).Installed);
        await using var open = Engine(server, allowCloud: true);
        Assert.Single((await open.ObserveAsync(default)).Installed);
    }

    [Fact]
    public async Task Derived_model_is_hidden_and_its_replica_shown_as_its_base()
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003")
            .On("GET /api/tags", Tags(("tiny:latest", Digest), (Derived, "aaaaaaaaaaaaaaaa")))
            .On("GET /api/ps", $$"""{"models":[{"name":"{{Derived}}","model":"{{Derived}}","size":100,"size_vram":40,"digest":"aaaaaaaaaaaaaaaa","expires_at":"2026-11-23T14:18:18.6Z","context_length":8192}]}""");
        await using var engine = Engine(server);
        var seen = await engine.ObserveAsync(default);

        Assert.Equal(Tiny, Assert.Single(seen.Installed).Name);
        Assert.Equal(new LoadedModelEntry(Tiny, Derived, new ByteSize(100), new ByteSize(40), 8192, seen.Loaded[0].ExpiresAt), Assert.Single(seen.Loaded));
        Assert.Equal(Tiny, Assert.Single(seen.LoadedEntries).Key);
        var entry = seen.LoadedEntries[Tiny];
        Assert.Equal(("tiny:latest", "tiny:latest", Digest), (entry.GetProperty("name").GetString(), entry.GetProperty("model").GetString(), entry.GetProperty("digest").GetString()));
        Assert.Equal(8192, entry.GetProperty("context_length").GetInt32());
    }

    [Theory]
    [InlineData("tiny:latest", Digest, false)]
    [InlineData("tiny:latest", "ffffffffffffffff", true)]
    [InlineData("tiny:latest", "", false)]
    [InlineData(Derived, "aaaaaaaaaaaaaaaa", false)]
    [InlineData("homelab/tiny:latest-ctx8192-ffffffffffff", "aaaaaaaaaaaaaaaa", true)]
    public async Task Replica_of_another_model_than_the_installed_one_is_outdated(string name, string digest, bool isOutdated)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003")
            .On("GET /api/tags", Tags(("tiny:latest", Digest)))
            .On("GET /api/ps", $$"""{"models":[{"name":"{{name}}","model":"{{name}}","size":100,"size_vram":40,"digest":"{{digest}}","expires_at":"2026-11-23T14:18:18.6Z","context_length":8192}]}""");
        await using var engine = Engine(server);
        Assert.Equal(isOutdated, Assert.Single((await engine.ObserveAsync(default)).Loaded).IsOutdated);
    }

    [Fact]
    public async Task Entry_that_is_no_model_hides_no_other()
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003", "005")
            .On("GET /api/tags", """{"models":[7,null,{"name":"../x","digest":"a"},{"name":"a\u0000b"},{"name":"b","size":"much"},{"name":"Good:Q4_K_M","size":-5,"digest":"abc"},{"name":"good:q4_k_m","digest":"abc"}]}""");
        await using var engine = Engine(server);
        var model = Assert.Single((await engine.ObserveAsync(default)).Installed);
        Assert.Equal(("good:q4_k_m", 0L), (model.Name.Value, model.FileSize.Bytes));
    }

    [Fact]
    public async Task Two_names_with_one_digest_keep_it_so_that_they_can_be_folded()
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003", "005").On("GET /api/tags", Tags(("tiny:latest", Digest), ("copy:latest", Digest)));
        await using var engine = Engine(server);
        Assert.Single((await engine.ObserveAsync(default)).Installed.Select(m => m.Digest).Distinct());
    }

    [Fact]
    public async Task Without_a_context_of_ours_no_path_names_one()
    {
        await using var server = await ScriptedOllama.StartAsync();
        await using var engine = Engine(server);
        Assert.Equal("tiny:latest", await engine.PrepareAsync(Tiny, new LoadSettings(0, 4), default));
        Assert.Empty(server.Asked);
    }

    /// <summary>ollama#8029, #18229: a load with its own num_ctx followed by /v1, which has none, reloaded the model.</summary>
    [Theory, MemberData(nameof(Versions))]
    public async Task Ollama_8029_a_context_of_ours_is_carried_by_a_derived_model_made_once(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync())
            .On("GET /api/tags", Tags(("tiny:latest", Digest)))
            .On("GET /api/tags", Tags(("tiny:latest", Digest), (Derived, "aaaaaaaaaaaaaaaa")))
            .Replay(version, "013", "030");
        await using var engine = Engine(server);
        var name = await engine.PrepareAsync(Tiny, new LoadSettings(8192, 4), default);
        Assert.Equal(name, await engine.PrepareAsync(Tiny, new LoadSettings(8192, 4), default));
        await engine.LoadAsync(name, isEmbedder: false, default);

        Assert.Equal(Derived, name);
        var created = Assert.Single(server.Asked, asked => asked.Call == "POST /api/create");
        Assert.Equal($$"""{"model":"{{Derived}}","from":"tiny:latest","parameters":{"num_ctx":8192},"stream":false}""", created.Body);
        Assert.DoesNotContain("num_ctx", server.Asked.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Derived_model_is_made_anew_when_its_base_changed_and_the_stale_one_deleted()
    {
        var changed = new string('b', 64);
        await using var server = (await ScriptedOllama.StartAsync())
            .On("GET /api/tags", Tags(("tiny:latest", changed), (Derived, "aaaaaaaaaaaaaaaa")))
            .On("POST /api/create", """{"status":"success"}""")
            .On("DELETE /api/delete", "");
        await using var engine = Engine(server);
        Assert.Equal("homelab/tiny:latest-ctx8192-bbbbbbbbbbbb", await engine.PrepareAsync(Tiny, new LoadSettings(8192, 4), default));
        Assert.Equal($$"""{"model":"{{Derived}}"}""", Assert.Single(server.Asked, a => a.Call == "DELETE /api/delete").Body);
    }

    [Fact]
    public async Task Model_that_is_not_installed_is_never_derived_from_because_ollama_would_download_it()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("GET /api/tags", """{"models":[]}""");
        await using var engine = Engine(server);
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.PrepareAsync(Tiny, new LoadSettings(8192, 4), default));
        Assert.Equal(LoadFailure.NotInstalled, failure.Kind);
        Assert.DoesNotContain("POST /api/create", server.Calls);
    }

    [Fact]
    public async Task Starting_deletes_derived_models_whose_base_is_gone_and_no_others()
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "003")
            .On("GET /api/tags", Tags(("homelab/own:latest", Digest), ("other:latest", Digest), (Derived, "aaaaaaaaaaaaaaaa")))
            .On("DELETE /api/delete", "");
        await using var engine = Engine(server);
        await engine.StartAsync(default);
        Assert.Equal($$"""{"model":"{{Derived}}"}""", Assert.Single(server.Asked, a => a.Call == "DELETE /api/delete").Body);
    }

    [Fact]
    public async Task Deleting_a_model_deletes_what_derives_from_it_first()
    {
        await using var server = (await ScriptedOllama.StartAsync())
            .On("GET /api/tags", Tags(("tiny:latest", Digest), ("tiny2:v1", Digest), (Derived, "aaaaaaaaaaaaaaaa")))
            .On("DELETE /api/delete", "");
        await using var engine = Engine(server);
        await engine.DeleteAsync(Tiny, default);
        Assert.Equal([$$"""{"model":"{{Derived}}"}""", """{"model":"tiny:latest"}"""], server.Asked.Where(a => a.Call == "DELETE /api/delete").Select(a => a.Body));
    }

    /// <summary>Recorded: an unload during a running stream answers at once, and the model stays listed until the stream ends.</summary>
    [Theory, MemberData(nameof(Versions))]
    public async Task Unload_lasts_until_a_foreign_stream_has_ended(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "122", "165", "165", "165", "167");
        await using var engine = Engine(server);
        await engine.UnloadAsync("big:latest", default);
        Assert.Equal(5, server.Calls.Count(call => call == "GET /api/ps"));
    }

    [Fact]
    public async Task Unload_does_not_believe_a_single_reading_without_the_model()
    {
        const string Listed = """{"models":[{"name":"tiny:latest","model":"tiny:latest","size":1}]}""";
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "122")
            .On("GET /api/ps", """{"models":[]}""").On("GET /api/ps", Listed).On("GET /api/ps", """{"models":[]}""");
        await using var engine = Engine(server);
        await engine.UnloadAsync("tiny:latest", default);
        Assert.Equal(4, server.Calls.Count(call => call == "GET /api/ps"));
    }

    [Fact]
    public async Task Unload_of_a_derived_model_waits_for_its_base_too_because_they_share_a_runner()
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "122")
            .On("GET /api/ps", """{"models":[{"name":"tiny:latest","model":"tiny:latest","size":1}]}""").On("GET /api/ps", """{"models":[]}""");
        await using var engine = Engine(server);
        await engine.UnloadAsync(Derived, default);
        Assert.Equal(3, server.Calls.Count(call => call == "GET /api/ps"));
    }

    [Fact]
    public async Task Unload_can_be_given_up()
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = (await ScriptedOllama.StartAsync()).Replay("0.32.15", "122")
            .On("GET /api/ps", async context =>
            {
                await cancellation.CancelAsync();
                await context.Response.WriteAsync("""{"models":[{"name":"tiny:latest"}]}""");
            });
        await using var engine = Engine(server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.UnloadAsync("tiny:latest", cancellation.Token));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Touch_renews_what_is_loaded_and_loads_nothing_else(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "031", "030");
        await using var engine = Engine(server);
        await engine.TouchAsync("tiny2:v1", isEmbedder: false, default);
        Assert.DoesNotContain("POST /api/generate", server.Calls);
        await engine.TouchAsync("tiny:latest", isEmbedder: false, default);
        Assert.Contains("\"keep_alive\":\"1h\"", server.Asked.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engine_that_is_not_there_starts_without_an_endpoint_and_says_so_when_observed()
    {
        await using var server = await ScriptedOllama.StartAsync();
        var address = server.Address;
        await server.DisposeAsync();
        await using var engine = new OllamaEngine(OllamaClientTests.Client(address), supervisor: null, allowCloud: false, TimeProvider.System);
        await engine.StartAsync(default);
        Assert.Null(engine.Endpoint);
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.ObserveAsync(default));
        Assert.Equal(LoadFailure.EngineDown, failure.Kind);
    }

    private static OllamaEngine Engine(ScriptedOllama server, bool allowCloud = false) =>
        new(OllamaClientTests.Client(server.Address), supervisor: null, allowCloud, TimeProvider.System);

    private static string Tags(params (string Name, string Digest)[] models) =>
        $$"""{"models":[{{string.Join(',', models.Select(m => $$"""{"name":"{{m.Name}}","model":"{{m.Name}}","size":10,"digest":"{{m.Digest}}","capabilities":["completion"]}"""))}}]}""";
}
