using System.Net;
using System.Text.Json;
using Homelab.Tests.EndToEnd.Engines;
using OpenAI.Chat;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>What is loaded, what makes room, what is refused: seen from outside the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ResidencyTests(RealOllamaModels models)
{
    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Cold_model_streams_an_answer_and_says_how_it_was_routed(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await pair.HoldsAsync();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true));
        var text = await answer.TextAsync(pair);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains("node=", Assert.Single(answer.Headers.GetValues("x-homelab-route")), StringComparison.Ordinal);
        await pair.HoldsAsync(First);
        Assert.Equal([First], await pair.Daemon.HotAsync());
        await pair.Daemon.IsIdleAsync();
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Second_model_that_does_not_fit_evicts_the_idle_first_one(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await CompleteAsync(pair, First);
        await CompleteAsync(pair, Second);
        await pair.HoldsAsync(Second);
        Assert.Contains("homelab_evictions_total{", await pair.Daemon.Http.GetStringAsync(new Uri("metrics", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal(2, pair.Engine.Starts);
        Assert.Equal(0, kind == EngineKind.Fake ? pair.Fake.Counts.Evictions : 0);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Second_model_that_does_not_fit_never_evicts_a_busy_one(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await CompleteAsync(pair, First);
        var hold = pair.Engine.HoldTokens();
        using var busy = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true, tokens: 200), stream: true);
        await hold.ReachedAsync(pair);
        var second = pair.Daemon.PostAsync("v1/chat/completions", Chat(Second));
        await Eventually.BecomesAsync("GET /homelab/v1/status", "one waiter", pair.Daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 1);
        Assert.Equal([First], await pair.LoadedAsync());
        Assert.False(second.IsCompleted);

        hold.Release();
        Assert.EndsWith("data: [DONE]\n\n", await busy.TextAsync(pair), StringComparison.Ordinal);
        using var answer = await second;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await pair.HoldsAsync(Second);
        await pair.Daemon.IsIdleAsync();
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Fifty_callers_of_a_cold_model_share_one_load(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var hold = pair.Engine.HoldLoads();
        var calls = Enumerable.Range(0, 50).Select(i => pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: i % 2 == 0))).ToArray();
        await hold.ReachedAsync(pair);
        await Eventually.BecomesAsync("GET /homelab/v1/status", "50 waiters", pair.Daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 50);
        hold.Release();
        foreach (var answer in await Task.WhenAll(calls))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        Assert.Equal(1, pair.Engine.Starts);
        await pair.Daemon.IsIdleAsync();
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Model_that_fits_nowhere_is_a_400_that_names_need_and_budget_and_asks_the_engine_nothing(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var client = Clients.OpenAiScenarios.Chat(pair.Target with { Chat = Huge });
        var error = await Assert.ThrowsAsync<System.ClientModel.ClientResultException>(() => client.CompleteChatAsync([new UserChatMessage("hi")]));
        Assert.Equal(400, error.Status);
        var details = JsonDocument.Parse(error.GetRawResponse()!.Content).RootElement.GetProperty("error");
        Assert.Equal("model_too_large", details.GetProperty("code").GetString());
        Assert.Equal("invalid_request_error", details.GetProperty("type").GetString());
        Assert.Contains("GiB", details.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, pair.Engine.Starts);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Client_that_leaves_a_stream_frees_its_lease_and_stops_the_engine(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await CompleteAsync(pair, Small);
        var hold = pair.Engine.HoldTokens();
        using (var leaving = new CancellationTokenSource())
        {
            var client = Clients.OpenAiScenarios.Chat(pair.Target);
            var stream = client.CompleteChatStreamingAsync([new UserChatMessage("Count to five.")], cancellationToken: leaving.Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var update in stream)
                {
                    Assert.NotNull(update);
                    await hold.ReachedAsync(pair);
                    await leaving.CancelAsync();
                }
            });
        }

        await pair.Daemon.IsIdleAsync(limitSeconds: 5);
        hold.Release();
        await CompleteAsync(pair, Small);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Client_that_leaves_the_queue_leaves_nothing_behind(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var hold = pair.Engine.HoldLoads();
        using (var leaving = new CancellationTokenSource())
        {
            var call = pair.Daemon.PostAsync("v1/chat/completions", Chat(First), cancellation: leaving.Token);
            await hold.ReachedAsync(pair);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await pair.Daemon.IsIdleAsync();
        hold.Release();
        await CompleteAsync(pair, Small);
    }

    private static async Task CompleteAsync(EngineAndDaemon pair, string model)
    {
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(model));
        var text = await answer.TextAsync(pair);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{model}: {answer.StatusCode} {text}\n{pair.Daemon.Log}");
    }
}
