using System.Net;
using System.Text.Json;
using Homelab.Tests.EndToEnd.Engines;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>Engines that die and daemons that are stopped, seen by a client of the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class FailureTests(RealOllamaModels models)
{
    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Engine_killed_in_mid_stream_becomes_an_error_event_and_never_an_end_mark(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var hold = pair.Engine.HoldTokens();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small, stream: true, tokens: 400), stream: true);
        await hold.ReachedAsync(pair);
        await pair.Engine.GoDownAsync();
        AssertBroken(await answer.TextAsync(pair));
        await pair.Daemon.IsIdleAsync();

        hold.Release();
        await pair.Engine.ComeBackAsync();
        await ServesAgainAsync(pair);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Runner_that_dies_in_mid_stream_becomes_an_error_event_although_the_engine_ends_cleanly(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var crash = pair.Engine.CrashNextStream();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small, stream: true, tokens: 400), stream: true);
        await crash();
        AssertBroken(await answer.TextAsync(pair));
        await pair.Daemon.IsIdleAsync();
        await ServesAgainAsync(pair);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Engine_that_cannot_load_is_a_503_with_its_words(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var crash = pair.Engine.CrashNextLoad();
        var call = pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
        await crash();
        using var answer = await call;
        var error = JsonDocument.Parse(await answer.TextAsync(pair)).RootElement.GetProperty("error");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("load_failed", error.GetProperty("code").GetString());
        Assert.Contains("signal: killed", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Engine_that_is_down_is_a_502_in_the_callers_dialect_and_the_daemon_lives_on(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        await ServesAgainAsync(pair);
        await pair.Engine.GoDownAsync();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
        var body = JsonDocument.Parse(await answer.TextAsync(pair)).RootElement;
        Assert.True((int)answer.StatusCode is 502 or 503, $"{answer.StatusCode} {body}");
        Assert.NotEmpty(body.GetProperty("error").GetProperty("message").GetString()!);
        await pair.Engine.ComeBackAsync();
        await ServesAgainAsync(pair);
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Sigterm_lets_a_running_stream_end_and_takes_nothing_new(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models);
        var hold = pair.Engine.HoldTokens();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small, stream: true, tokens: 400), stream: true);
        await hold.ReachedAsync(pair);
        pair.Daemon.Terminate();

        // A request that is sooner than the signal would be admitted, and held with the stream.
        await Eventually.BecomesAsync("the daemon's output", "says that it stops", () => Task.FromResult(pair.Daemon.Log), log => log.Contains("stopping:", StringComparison.Ordinal));
        var refused = await Eventually.BecomesAsync("POST /v1/chat/completions", "refused as draining", () => AskAsync(pair), s => s.Contains("draining", StringComparison.Ordinal));
        Assert.Contains("\"error\"", refused, StringComparison.Ordinal);
        hold.Release();
        Assert.EndsWith("data: [DONE]\n\n", await answer.TextAsync(pair), StringComparison.Ordinal);
        Assert.Equal(0, await pair.Daemon.ExitAsync());
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Sigterm_ends_a_stream_that_outlasts_the_drain_time_with_an_error_event(EngineKind kind)
    {
        await using var pair = await StartAsync(kind, models, "  drain: 1s");
        var hold = pair.Engine.HoldTokens();
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small, stream: true, tokens: 400), stream: true);
        await hold.ReachedAsync(pair);
        pair.Daemon.Terminate();
        var text = await answer.TextAsync(pair);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"draining\"", text[text.LastIndexOf("data: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Equal(0, await pair.Daemon.ExitAsync());
    }

    [ExecutableFact]
    public async Task Foreign_host_and_origin_are_refused_on_loopback()
    {
        await using var pair = await StartAsync();
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { Host = "evil.example" } };
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        foreign.Headers.Add("Origin", "https://evil.example");
        foreach (var request in new[] { rebound, foreign })
        {
            using var answer = await pair.Daemon.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    private static void AssertBroken(string text)
    {
        Assert.Contains("data: {", text, StringComparison.Ordinal);
        Assert.Contains("\"error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    private static async Task ServesAgainAsync(EngineAndDaemon pair) => await Eventually.BecomesAsync(
        "POST /v1/chat/completions",
        "an answer",
        () => AskAsync(pair),
        text => text.Contains("\"choices\"", StringComparison.Ordinal));

    private static async Task<string> AskAsync(EngineAndDaemon pair)
    {
        using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
        return await answer.TextAsync(pair);
    }
}
