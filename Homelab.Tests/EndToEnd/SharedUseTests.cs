using System.Net;
using System.Text.Json;
using Homelab.Tests.EndToEnd.Engines;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>The engine has a will of its own: timers, options that make it load anew, others who use it. Seen from outside the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class SharedUseTests(RealOllamaModels models)
{
    // What the daemon gives is an hour; what Ollama gives by itself is five minutes.
    private static readonly TimeSpan Ours = TimeSpan.FromMinutes(20);

    [Theory]
    [FakeEngine("v1/chat/completions", """{"model":"small:1b","max_tokens":4,"messages":[{"role":"user","content":"hi"}]}""")]
    [RealEngine("v1/chat/completions", """{"model":"small:1b","max_tokens":4,"messages":[{"role":"user","content":"hi"}]}""")]
    [FakeEngine("v1/chat/completions", """{"model":"small:1b","max_tokens":4,"keep_alive":0,"options":{"num_ctx":512},"messages":[{"role":"user","content":"hi"}]}""")]
    [RealEngine("v1/chat/completions", """{"model":"small:1b","max_tokens":4,"keep_alive":0,"options":{"num_ctx":512},"messages":[{"role":"user","content":"hi"}]}""")]
    [FakeEngine("api/chat", """{"model":"small:1b","keep_alive":0,"options":{"num_predict":4,"num_ctx":512,"num_batch":64},"messages":[{"role":"user","content":"hi"}]}""")]
    [RealEngine("api/chat", """{"model":"small:1b","keep_alive":0,"options":{"num_predict":4,"num_ctx":512,"num_batch":64},"messages":[{"role":"user","content":"hi"}]}""")]
    [FakeEngine("api/generate", """{"model":"small:1b","keep_alive":"2s","options":{"num_predict":4,"num_ctx":1024},"prompt":"hi"}""")]
    [RealEngine("api/generate", """{"model":"small:1b","keep_alive":"2s","options":{"num_predict":4,"num_ctx":1024},"prompt":"hi"}""")]
    [FakeEngine("api/embed", """{"model":"embedder","keep_alive":0,"options":{"num_ctx":128},"input":"a cat"}""")]
    [RealEngine("api/embed", """{"model":"embedder","keep_alive":0,"options":{"num_ctx":128},"input":"a cat"}""")]
    public async Task Request_neither_reloads_nor_unloads_the_model_and_leaves_the_timer_to_the_daemon(EngineKind kind, string path, string body)
    {
        await using var pair = await StartAsync(kind, models, "models:\n  - { name: embedder, context: 256 }");
        var model = path == "api/embed" ? Embedder : Small;
        using var load = await pair.Daemon.PostAsync("homelab/v1/models/load", $$"""{"model":"{{model}}"}""");
        Assert.True(load.IsSuccessStatusCode, await load.TextAsync(pair));
        for (var i = 0; i < 2; i++)
        {
            using var answer = await pair.Daemon.PostAsync(path, body);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode} {await answer.TextAsync(pair)}");
        }

        await pair.HoldsAsync(model);
        await Eventually.BecomesAsync("GET /api/ps", "a timer of the daemon's", () => TimeLeftAsync(pair), left => left > Ours);
        Assert.Equal(1, pair.Engine.Starts);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Ollamas_own_way_to_unload_unloads_through_the_daemon(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await AnswersAsync(pair, Small);
        using var answer = await pair.Daemon.PostAsync("api/generate", $$"""{"model":"{{Small}}","keep_alive":0}""");
        Assert.Equal("unload", JsonDocument.Parse(await answer.TextAsync(pair)).RootElement.GetProperty("done_reason").GetString());
        await pair.HoldsAsync();
        Assert.Empty(await pair.Daemon.HotAsync());
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Model_that_somebody_else_makes_the_engine_load_with_another_context_is_served_as_configured(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models, $"models:\n  - {{ name: \"{Small}\", context: 1024 }}");
        await AnswersAsync(pair, Small);
        await pair.AskEngineAsync("api/generate", $$$"""{"model":"{{{Small}}}","options":{"num_ctx":512}}""");
        Assert.Equal(512, await ContextAsync(pair));
        await Eventually.BecomesAsync("GET /api/ps after a request", "the context of the configuration", AskAndLookAsync, context => context == 1024);

        async Task<int> AskAndLookAsync()
        {
            await AnswersAsync(pair, Small);
            return await ContextAsync(pair);
        }
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Idle_model_is_unloaded_by_the_daemon_and_the_engine_gives_its_memory_back(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models, "  idle_unload: 1s");
        await AnswersAsync(pair, Small);
        await pair.HoldsAsync();
        await Eventually.BecomesAsync("GET /homelab/v1/nodes", "nothing used by models", () => UsedAsync(pair), used => used == 0);
        await AnswersAsync(pair, Small);
        Assert.Equal(2, pair.Engine.Starts);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Model_that_somebody_else_loads_and_unloads_is_seen_and_accounted_for(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await pair.AskEngineAsync("api/generate", $$"""{"model":"{{First}}"}""");
        await Eventually.BecomesAsync("GET /homelab/v1/models", "the model hot", pair.Daemon.HotAsync, hot => hot.SequenceEqual([First]));
        await Eventually.BecomesAsync("GET /homelab/v1/nodes", "what it holds", () => UsedAsync(pair), used => used > 100 << 20);
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("tier=local-hot", answer.Headers.GetValues("x-homelab-route").Single(), StringComparison.Ordinal);
        Assert.Equal(1, pair.Engine.Starts);

        await pair.AskEngineAsync("api/generate", $$"""{"model":"{{First}}","keep_alive":0}""");
        await Eventually.BecomesAsync("GET /homelab/v1/models", "no model hot", pair.Daemon.HotAsync, hot => hot.Count == 0);
        await Eventually.BecomesAsync("GET /homelab/v1/nodes", "nothing used by models", () => UsedAsync(pair), used => used == 0);
    }

    // A fake model of 6 GiB would be taken for one that loads in 15 s, and be kept for twice as long.
    [Theory]
    [RealEngine]
    public async Task Model_that_somebody_else_loaded_makes_room_like_any_other(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await pair.AskEngineAsync("api/generate", $$"""{"model":"{{First}}"}""");
        await Eventually.BecomesAsync("GET /homelab/v1/models", "the model hot", pair.Daemon.HotAsync, hot => hot.SequenceEqual([First]));
        await AnswersAsync(pair, Second);
        await pair.HoldsAsync(Second);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Pinned_model_is_loaded_at_the_start_and_again_after_the_engine_died(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models, $"models:\n  - {{ name: \"{Small}\", pin: true }}");
        await pair.HoldsAsync(Small);
        await Eventually.BecomesAsync("GET /homelab/v1/models", "the model hot", pair.Daemon.HotAsync, hot => hot.SequenceEqual([Small]));
        await pair.Engine.GoDownAsync();
        await pair.Engine.ComeBackAsync();
        await pair.HoldsAsync(Small);
        Assert.Equal(2, pair.Engine.Starts);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Models_on_the_same_weights_take_turns_without_a_reload(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await pair.AskEngineAsync("api/create", $$"""{"model":"variant:1b","from":"{{Small}}","parameters":{"temperature":0.5},"stream":false}""");
        await Eventually.BecomesAsync("GET /v1/models", "the new model", () => pair.Daemon.Http.GetStringAsync(new Uri("v1/models", UriKind.Relative)), list => list.Contains("variant:1b", StringComparison.Ordinal));
        for (var i = 0; i < 3; i++)
        {
            await AnswersAsync(pair, Small);
            await AnswersAsync(pair, "variant:1b");
        }

        Assert.Equal(1, pair.Engine.Starts);
        var running = Assert.Single((await pair.AskEngineAsync("api/ps")).GetProperty("models").EnumerateArray());
        Assert.Equal(running.GetProperty("size").GetInt64(), await UsedAsync(pair));

        // Deleting is only for what is not in memory; both leave it together.
        using var unloaded = await pair.Daemon.PostAsync("homelab/v1/models/unload", """{"model":"variant:1b"}""");
        Assert.True(unloaded.IsSuccessStatusCode, await unloaded.TextAsync(pair));
        await pair.HoldsAsync();
        await Eventually.BecomesAsync("GET /homelab/v1/models", "no model hot", pair.Daemon.HotAsync, hot => hot.Count == 0);
        using var deletion = new HttpRequestMessage(HttpMethod.Delete, "homelab/v1/models") { Content = new StringContent("""{"model":"variant:1b"}""") };
        using var deleted = await pair.Daemon.Http.SendAsync(deletion);
        Assert.True(deleted.IsSuccessStatusCode, await deleted.TextAsync(pair));
        await AnswersAsync(pair, Small);
        using var gone = await pair.Daemon.PostAsync("v1/chat/completions", Chat("variant:1b"));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [FakeEngine("")]
    [RealEngine("")]
    [FakeEngine(", context: 1024")]
    [RealEngine(", context: 1024")]
    public async Task Model_that_is_made_anew_under_its_name_is_served_anew(EngineKind kind, string context)
    {
        await using var pair = await StartAsync(kind, models, $"models:\n  - {{ name: \"moving:1b\"{context} }}");
        await MakeAsync(pair, Small);
        await AnswersAsync(pair, "moving:1b");
        var before = await WeightsAsync(pair);
        await MakeAsync(pair, Tools);
        await Eventually.BecomesAsync("GET /api/ps after a request", "other weights", AskAndLookAsync, weights => weights != before);

        async Task<string> AskAndLookAsync()
        {
            await AnswersAsync(pair, "moving:1b");
            return await WeightsAsync(pair);
        }
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Request_with_max_completion_tokens_alone_is_limited(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", $$"""{"model":"{{Small}}","max_completion_tokens":5,"messages":[{"role":"user","content":"Count to a thousand."}]}""");
        var body = JsonDocument.Parse(await answer.TextAsync(pair)).RootElement;
        Assert.InRange(body.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 5);
    }

    private static async Task AnswersAsync(EngineAndDaemon pair, string model)
    {
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(model));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{model}: {answer.StatusCode} {await answer.TextAsync(pair)}\n{pair.Daemon.Log}");
    }

    /// <summary>How long the engine keeps its only model by itself.</summary>
    private static async Task<TimeSpan> TimeLeftAsync(EngineAndDaemon pair)
    {
        var running = await pair.AskEngineAsync("api/ps");
        var only = Assert.Single(running.GetProperty("models").EnumerateArray());
        return only.GetProperty("expires_at").GetDateTimeOffset() - TimeProvider.System.GetUtcNow();
    }

    private static async Task MakeAsync(EngineAndDaemon pair, string from)
    {
        await pair.AskEngineAsync("api/create", $$"""{"model":"moving:1b","from":"{{from}}","stream":false}""");
        await Eventually.BecomesAsync("GET /v1/models", "the new model", () => pair.Daemon.Http.GetStringAsync(new Uri("v1/models", UriKind.Relative)), list => list.Contains("moving:1b", StringComparison.Ordinal));
    }

    private static async Task<string> WeightsAsync(EngineAndDaemon pair) =>
        string.Join(", ", (await pair.AskEngineAsync("api/ps")).GetProperty("models").EnumerateArray().Select(m => m.GetProperty("digest").GetString()));

    private static async Task<int> ContextAsync(EngineAndDaemon pair) =>
        Assert.Single((await pair.AskEngineAsync("api/ps")).GetProperty("models").EnumerateArray()).GetProperty("context_length").GetInt32();

    private static async Task<long> UsedAsync(EngineAndDaemon pair)
    {
        var nodes = JsonDocument.Parse(await pair.Daemon.Http.GetStringAsync(new Uri("homelab/v1/nodes", UriKind.Relative))).RootElement;
        return nodes[0].GetProperty("devices").EnumerateArray().Sum(d => d.GetProperty("used_by_models_bytes").GetInt64());
    }
}
