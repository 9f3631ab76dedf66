using System.Net;
using System.Text.Json;
using Homelab.Tests.EndToEnd.Engines;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>Complaints that users of other gateways made, by their number in the list that was drawn from them, seen by a client of the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class AcceptanceTests(RealOllamaModels models)
{
    [Theory]
    [FakeEngine("")]
    [RealEngine("")]
    [FakeEngine("models:\n  - name: first:8b\n    context: 8192")]
    [RealEngine("models:\n  - name: first:8b\n    context: 8192")]
    public async Task Acceptance_01_preload_and_then_any_path_with_any_context_is_one_load(EngineKind kind, string configured)
    {
        await using var pair = await StartAsync(kind, models, configured);
        using var preload = await pair.Daemon.PostAsync("homelab/v1/models/load", $$"""{"model":"{{First}}"}""");
        Assert.True(preload.IsSuccessStatusCode, await preload.TextAsync(pair));
        foreach (var (path, body) in new[]
        {
            ("v1/chat/completions", Chat(First)),
            ("v1/chat/completions", Chat(First, stream: true)),
            ("v1/completions", $$"""{"model":"{{First}}","prompt":"hi","max_tokens":4}"""),
            ("v1/messages", $$"""{"model":"{{First}}","max_tokens":4,"messages":[{"role":"user","content":"hi"}]}"""),
            ("v1/responses", $$"""{"model":"{{First}}","max_output_tokens":4,"input":"hi"}"""),
            ("api/chat", $$$"""{"model":"{{{First}}}","messages":[{"role":"user","content":"hi"}],"options":{"num_ctx":32768,"num_gpu":1,"num_predict":4},"keep_alive":"1s"}"""),
            ("api/generate", $$$"""{"model":"{{{First}}}","prompt":"hi","options":{"num_ctx":512,"num_predict":4}}"""),
            ("v1/chat/completions", Chat(First)),
        })
        {
            using var answer = await pair.Daemon.PostAsync(path, body);
            var text = await answer.TextAsync(pair);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode} {text}");
            Assert.DoesNotContain("\"homelab/", text, StringComparison.Ordinal);
        }

        var running = await pair.Daemon.Http.GetStringAsync(new Uri("api/ps", UriKind.Relative));
        Assert.Contains($"\"name\":\"{First}\"", running, StringComparison.Ordinal);
        Assert.DoesNotContain("\"homelab/", running, StringComparison.Ordinal);

        Assert.Equal(1, pair.Engine.Starts);
        await pair.HoldsAsync(First);
    }

    [Theory]
    [FakeEngine(true)]
    [RealEngine(true)]
    [FakeEngine(false)]
    [RealEngine(false)]
    public async Task Acceptance_02_client_that_leaves_during_a_load_does_not_stop_it_and_the_next_call_is_hot(EngineKind kind, bool stream)
    {
        await using var pair = await StartAsync(kind, models);
        var hold = pair.Engine.HoldLoads();
        using (var leaving = new CancellationTokenSource())
        {
            var call = pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream), cancellation: leaving.Token);
            await hold.ReachedAsync(pair);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await pair.Daemon.IsIdleAsync();
        hold.Release();
        await Eventually.BecomesAsync("GET /homelab/v1/models", "the model hot", pair.Daemon.HotAsync, hot => hot.Contains(First));
        using var next = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Contains("tier=local-hot", next.Headers.GetValues("x-homelab-route").Single(), StringComparison.Ordinal);
        Assert.Equal(1, pair.Engine.Starts);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Acceptance_03_slow_load_under_a_stream_sends_comments_that_say_how_far_it_is_and_then_the_answer(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models, "  keep_alive_comments: 50ms");
        var hold = pair.Engine.HoldLoads();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true), stream: true);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var comments = new List<string?>();
        while (comments.Count < 3 || comments[^1]?.StartsWith(": loading " + First, StringComparison.Ordinal) != true)
        {
            comments.Add(await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
            Assert.Contains(First, comments[^1], StringComparison.Ordinal);
            Assert.Equal("", await reader.ReadLineAsync());
        }

        hold.Release();
        var text = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains("chat.completion.chunk", text, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Acceptance_06_full_queue_is_a_429_with_retry_after_at_once_and_those_that_wait_are_served()
    {
        await using var pair = await StartAsync("  queue: { max_waiting: 2 }");
        var hold = pair.Engine.HoldLoads();
        var waiting = new[] { pair.Daemon.PostAsync("v1/chat/completions", Chat(First)), pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true)) };
        await Eventually.BecomesAsync("GET /homelab/v1/status", "two waiters", pair.Daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 2);

        using var refused = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(int.Parse(refused.Headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture), 5, 30);
        Assert.Equal("queue_full", JsonDocument.Parse(await refused.TextAsync(pair)).RootElement.GetProperty("error").GetProperty("code").GetString());

        hold.Release();
        foreach (var answer in await Task.WhenAll(waiting))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        await pair.Daemon.IsIdleAsync();
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Acceptance_07_engine_that_comes_back_is_used_again_without_a_restart_of_the_daemon(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        using var first = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        for (var i = 0; i < 2; i++)
        {
            await pair.Engine.GoDownAsync();
            using var down = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
            Assert.True((int)down.StatusCode is 502 or 503, $"{down.StatusCode}");
            await pair.Engine.ComeBackAsync();
            await Eventually.BecomesAsync("POST /v1/chat/completions", "200", () => StatusAsync(pair), status => status == HttpStatusCode.OK);
        }
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Acceptance_08_responses_shaped_body_on_chat_completions_streams_chat_chunks(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        using var answer = await pair.Daemon.PostAsync(
            "v1/chat/completions",
            $$"""{"model":"{{Small}}","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],"tools":[{"type":"custom","name":"ApplyPatch"}],"max_output_tokens":12,"stream":true,"store":false,"include":["reasoning.encrypted_content"]}""");
        var text = await answer.TextAsync(pair);

        Assert.Contains("\"object\":\"chat.completion.chunk\"", text, StringComparison.Ordinal);
        Assert.Contains("\"delta\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Acceptance_10_reading_every_list_and_gauge_a_hundred_times_loads_nothing(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        for (var i = 0; i < 100; i++)
        {
            foreach (var path in (string[])[
                "", "healthz", "readyz", "metrics", "v1/models", $"v1/models/{First}", "api/tags", "api/ps", "api/version", "homelab/v1/status", "homelab/v1/nodes", "homelab/v1/models",
                "homelab/v1/usage"])
            {
                using var answer = await pair.Daemon.Http.GetAsync(new Uri(path, UriKind.Relative)).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}");
            }
        }

        using var show = await pair.Daemon.PostAsync("api/show", $$"""{"model":"{{First}}"}""");
        using var count = await pair.Daemon.PostAsync("v1/messages/count_tokens", $$"""{"model":"{{First}}","messages":[]}""");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (show.StatusCode, count.StatusCode));
        await pair.HoldsAsync();
        Assert.Equal(0, pair.Engine.Starts);
        Assert.DoesNotContain(kind == EngineKind.Fake ? pair.Fake.Requests : [], r => r.Path is "/api/generate" or "/api/chat" or "/api/embed");
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Explain_of_a_model_that_nobody_asked_for_yet_is_answered_and_loads_nothing(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        using var answer = await pair.Daemon.Http.GetAsync(new Uri($"homelab/v1/explain?model={First}", UriKind.Relative)).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Equal("fits", JsonDocument.Parse(await answer.TextAsync(pair)).RootElement.GetProperty("decision").GetString());
        Assert.Equal(0, pair.Engine.Starts);
    }

    private static async Task<HttpStatusCode> StatusAsync(EngineAndDaemon pair)
    {
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
        return answer.StatusCode;
    }
}
