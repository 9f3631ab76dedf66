using System.Net;
using System.Text;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>The connection to an engine: never two readings of an answer, never a request asked twice, and a client that is told in time.</summary>
public sealed class EngineConnectionTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Body = "{\"model\":\"tiny\"}";

    private const string Streamed = "{\"model\":\"tiny\",\"messages\":[{}],\"stream\":true}";

    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0, "every lease is back");
    }

    [Fact]
    public async Task Connection_that_the_engine_closed_while_it_was_idle_costs_the_next_request_nothing()
    {
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.JsonAsync(200, "{}");
            reply.Cut();
        };

        for (var i = 0; i < 6; i++)
        {
            using var answer = await _server.PostAsync(Chat, Body);
            Assert.Equal((HttpStatusCode.OK, "{}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            await GatewayServer.UntilAsync(() => _server.Upstream.OpenConnections == 0, "the engine's side is closed");
        }

        Assert.Equal(6, _server.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2x\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nno colon\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 99999 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("ICY 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task Answer_whose_head_has_no_one_reading_is_a_502_and_its_connection_not_used_again(string head)
    {
        _server.Upstream.Script = async (_, reply) => await reply.RawAsync(Encoding.ASCII.GetBytes(head));
        using var answer = await _server.PostAsync(Chat, Body);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);

        _server.Upstream.Script = (_, reply) => reply.JsonAsync(200, "{\"next\":true}");
        using var next = await _server.PostAsync(Chat, Body);
        Assert.Equal("{\"next\":true}", await next.Content.ReadAsStringAsync());
        Assert.Equal(2, _server.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Bytes_behind_an_answer_never_become_the_next_ones_answer()
    {
        _server.Upstream.Script = (_, reply) => reply.RawAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n\"stolen\""u8.ToArray());
        using var first = await _server.PostAsync(Chat, Body);
        Assert.Equal("{}", await first.Content.ReadAsStringAsync());

        _server.Upstream.Script = (_, reply) => reply.JsonAsync(200, "{\"next\":true}");
        using var next = await _server.PostAsync(Chat, Body);
        Assert.Equal("{\"next\":true}", await next.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Interim_answers_are_stepped_over()
    {
        _server.Upstream.Script = (_, reply) => reply.RawAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray());
        using var answer = await _server.PostAsync(Chat, Body);
        Assert.Equal((HttpStatusCode.OK, "{}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData(Chat, "0.32.15-v1-chat-stream")]
    [InlineData("/v1/responses", "0.32.15-v1-responses-stream")]
    [InlineData("/v1/messages", "0.32.15-v1-messages-stream")]
    public async Task Hot_model_that_reads_a_long_prompt_keeps_its_stream_alive_with_comments_too(string path, string name)
    {
        // 12,000 tokens of an agent's prompt take minutes on a processor, and Node's clients give up at 300 s without a header.
        var recorded = RecordedAnswer.Load(name);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Upstream.Script = async (_, reply) =>
        {
            await go.Task;
            await reply.StreamAsync(recorded.ContentType, recorded.Chunks);
        };
        var posting = _server.PostAsync(path, Streamed);
        await GatewayServer.UntilAsync(() => !_server.Upstream.Requests.IsEmpty, "the engine is asked");
        _server.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(posting.IsCompleted);
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        for (var i = 0; i < 3; i++)
        {
            var line = reader.ReadLineAsync();
            await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => line.IsCompleted);
            Assert.StartsWith(": processing prompt of tiny", await line, StringComparison.Ordinal);
            Assert.Equal("", await reader.ReadLineAsync());
        }

        go.SetResult();
        var rest = await reader.ReadToEndAsync();
        Assert.Equal(recorded.Body, rest[Math.Max(0, rest.IndexOf(recorded.Body, StringComparison.Ordinal))..]);
        Assert.Equal(ForwardOutcome.Completed, (await _server.Usage.NextAsync()).Outcome);
    }
}
