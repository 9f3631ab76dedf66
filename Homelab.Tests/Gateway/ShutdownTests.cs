using System.Net;
using System.Text.Json.Nodes;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>What a request is told that still runs when a stopping daemon's patience is over.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", "text/event-stream", "data: {\"a\":1}\n\n", "data: {\"error\":")]
    [InlineData("/v1/messages", "text/event-stream", "event: message_start\ndata: {}\n\n", "event: error\ndata: {\"type\":\"error\"")]
    [InlineData("/api/chat", "application/x-ndjson", "{\"done\":false}\n", "{\"error\":\"")]
    public async Task Stream_that_outlasts_the_drain_ends_with_an_error_that_says_so(string path, string type, string begin, string error)
    {
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync(type);
            await reply.ChunkAsync(begin);
            await reply.Gone;
        };
        using var answer = await _server.PostAsync(path, "{\"model\":\"tiny\",\"messages\":[{}],\"stream\":true}");
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 1, "the stream runs");

        await EndAsync();
        var text = await answer.Content.ReadAsStringAsync();

        Assert.StartsWith(begin + error, text, StringComparison.Ordinal);
        Assert.Contains("shutting down", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0 && _server.Upstream.OpenConnections == 0, "the lease is back and the engine stops");
    }

    [Fact]
    public async Task Request_whose_answer_has_not_begun_is_refused_as_draining()
    {
        var asked = new TaskCompletionSource();
        _server.Upstream.Script = async (_, reply) =>
        {
            asked.SetResult();
            await reply.Gone;
        };
        var sending = _server.PostAsync("/v1/chat/completions", "{\"model\":\"tiny\",\"messages\":[{}]}");
        await asked.Task;

        await EndAsync();
        using var answer = await sending;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("draining", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
        Assert.Equal(ForwardOutcome.Refused, (await _server.Usage.NextAsync()).Outcome);
    }

    private async Task EndAsync()
    {
        var ending = _server.Surface.EndAsync();
        await _server.AdvanceUntilAsync(TimeSpan.FromMilliseconds(20), () => ending.IsCompleted);
        await ending;
    }
}
