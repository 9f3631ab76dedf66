using System.Net;
using System.Text.Json;
using OpenAI.Chat;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>What is loaded, what makes room, what is refused: seen from outside the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ResidencyTests
{
    [ExecutableFact]
    public async Task Cold_model_streams_an_answer_and_says_how_it_was_routed()
    {
        await using var pair = await StartAsync();
        Assert.Empty(pair.Engine.Loaded);
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains("node=", Assert.Single(answer.Headers.GetValues("x-homelab-route")), StringComparison.Ordinal);
        Assert.Equal([First], pair.Engine.Loaded);
        Assert.Equal([First], await pair.Daemon.HotAsync());
        await pair.Daemon.IsIdleAsync();
    }

    [ExecutableFact]
    public async Task Second_model_that_does_not_fit_evicts_the_idle_first_one()
    {
        await using var pair = await StartAsync();
        await CompleteAsync(pair, First);
        await CompleteAsync(pair, Second);
        Assert.Equal([Second], pair.Engine.Loaded);
        Assert.Equal(0, pair.Engine.Counts.Evictions);
    }

    [ExecutableFact]
    public async Task Second_model_that_does_not_fit_never_evicts_a_busy_one()
    {
        await using var pair = await StartAsync();
        await CompleteAsync(pair, First);
        var hold = pair.Engine.Faults.HoldTokensAt(2);
        using var busy = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true), stream: true);
        await hold.Reached;
        var second = pair.Daemon.PostAsync("v1/chat/completions", Chat(Second));
        await Eventually.BecomesAsync("GET /homelab/v1/status", "one waiter", pair.Daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 1);
        Assert.Equal([First], pair.Engine.Loaded);
        Assert.False(second.IsCompleted);

        hold.Release();
        Assert.EndsWith("data: [DONE]\n\n", await busy.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var answer = await second;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([Second], pair.Engine.Loaded);
        await pair.Daemon.IsIdleAsync();
    }

    [ExecutableFact]
    public async Task Fifty_callers_of_a_cold_model_share_one_load()
    {
        await using var pair = await StartAsync();
        var hold = pair.Engine.Faults.HoldLoads();
        var calls = Enumerable.Range(0, 50).Select(i => pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: i % 2 == 0))).ToArray();
        await hold.Reached;
        await Eventually.BecomesAsync("GET /homelab/v1/status", "50 waiters", pair.Daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 50);
        hold.Release();
        foreach (var answer in await Task.WhenAll(calls))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        Assert.Equal(1, pair.Engine.Counts.Loads);
        await pair.Daemon.IsIdleAsync();
    }

    [ExecutableFact]
    public async Task Model_that_fits_nowhere_is_a_400_that_names_need_and_budget_and_asks_the_engine_nothing()
    {
        await using var pair = await StartAsync();
        var client = Clients.OpenAiScenarios.Chat(pair.Target with { Chat = Huge });
        var error = await Assert.ThrowsAsync<System.ClientModel.ClientResultException>(() => client.CompleteChatAsync([new UserChatMessage("hi")]));
        Assert.Equal(400, error.Status);
        var details = JsonDocument.Parse(error.GetRawResponse()!.Content).RootElement.GetProperty("error");
        Assert.Equal("model_too_large", details.GetProperty("code").GetString());
        Assert.Equal("invalid_request_error", details.GetProperty("type").GetString());
        Assert.Contains("GiB", details.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, pair.Engine.Counts.Loads);
    }

    [ExecutableFact]
    public async Task Client_that_leaves_a_stream_frees_its_lease_and_stops_the_engine()
    {
        await using var pair = await StartAsync();
        await CompleteAsync(pair, Small);
        var hold = pair.Engine.Faults.HoldTokensAt(3);
        using (var leaving = new CancellationTokenSource())
        {
            var client = Clients.OpenAiScenarios.Chat(pair.Target);
            var stream = client.CompleteChatStreamingAsync([new UserChatMessage("Count to five.")], cancellationToken: leaving.Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var update in stream)
                {
                    Assert.NotNull(update);
                    await hold.Reached;
                    await leaving.CancelAsync();
                }
            });
        }

        await pair.Daemon.IsIdleAsync(limitSeconds: 5);
        hold.Release();
        await CompleteAsync(pair, Small);
    }

    [ExecutableFact]
    public async Task Client_that_leaves_the_queue_leaves_nothing_behind()
    {
        await using var pair = await StartAsync();
        var hold = pair.Engine.Faults.HoldLoads();
        using (var leaving = new CancellationTokenSource())
        {
            var call = pair.Daemon.PostAsync("v1/chat/completions", Chat(First), cancellation: leaving.Token);
            await hold.Reached;
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
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{model}: {answer.StatusCode} {text}\n{pair.Daemon.Log}");
    }
}
