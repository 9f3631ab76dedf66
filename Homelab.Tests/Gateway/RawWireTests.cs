using System.Text;
using System.Text.Json.Nodes;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>What no HTTP client would send, written to the listener's socket byte by byte: framing that two servers could read differently, headers that try to
/// become other headers, and sizes beyond reason. Each is refused or read in one way only, and nothing of it reaches the engine as a request of its own.</summary>
public sealed class RawWireTests : IAsyncLifetime
{
    private const string Head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";

    private const string Body = "{\"model\":\"tiny\"}";

    /// <summary>A second request, hidden where a wrong framing would take it for one.</summary>
    private const string Hidden = "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n{\"model\":\"hidden\"}";

    private GatewayServer _server = null!;

    /// <summary>Requests of which only one reading is safe: a refusal that ends the connection.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { "two lengths that differ", $"{Head}Content-Length: 16\r\nContent-Length: 0\r\n\r\n{Body}" },
        { "two lengths that agree", $"{Head}Content-Length: 16\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a list of lengths", $"{Head}Content-Length: 16, 16\r\n\r\n{Body}" },
        { "a negative length", $"{Head}Content-Length: -1\r\n\r\n{Body}" },
        { "a hexadecimal length", $"{Head}Content-Length: 0x10\r\n\r\n{Body}" },
        { "a length beyond 64 bits", $"{Head}Content-Length: 99999999999999999999\r\n\r\n{Body}" },
        { "length and chunks", $"{Head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}" },
        { "chunks and length", $"{Head}Transfer-Encoding: chunked\r\nContent-Length: 16\r\n\r\n10\r\n{Body}\r\n0\r\n\r\n" },
        { "chunks that are not last", $"{Head}Transfer-Encoding: chunked, identity\r\n\r\n10\r\n{Body}\r\n0\r\n\r\n" },
        { "a transfer coding of another name", $"{Head}Transfer-Encoding: xchunked\r\n\r\n10\r\n{Body}\r\n0\r\n\r\n" },
        { "gzip as a transfer coding", $"{Head}Transfer-Encoding: gzip\r\n\r\n{Body}" },
        { "a blank before the colon", $"{Head}Transfer-Encoding : chunked\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a folded header", $"{Head}X-A: 1\r\n b: 2\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a folded first header", $"POST /v1/chat/completions HTTP/1.1\r\n Host: localhost\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "chunks, a length, and a length set aside", $"{Head}Transfer-Encoding: chunked\r\nContent-Length: 16\r\nX-Content-Length: 1\r\n\r\n10\r\n{Body}\r\n0\r\n\r\n" },
        { "a lone carriage return in a value", $"{Head}X-A: 1\rX-B: 2\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a zero byte in a value", $"{Head}X-A: a\0b\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a zero byte in a name", $"{Head}X-\0A: a\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a name with a blank", $"{Head}X A: a\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a header without a name", $"{Head}: a\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a line without a colon", $"{Head}nonsense\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "two hosts", $"{Head}Host: evil.example\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "an address that is not the host", $"POST http://evil.example/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a target that is no path", $"POST v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a target with a zero byte", $"POST /v1/chat%00/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a version that is not", $"POST /v1/chat/completions HTTP/9.9\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a tunnel to somewhere else", $"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n" },
        { "no HTTP at all", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n" },
        { "a chunk length that is no number", $"{Head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{Body}\r\n0\r\n\r\n" },
        { "a chunk length beyond 63 bits", $"{Head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{Body}\r\n0\r\n\r\n" },
        { "a chunk that is longer than it says", $"{Head}Transfer-Encoding: chunked\r\n\r\n8\r\n{Body}\r\n0\r\n\r\n" },
        { "a chunk extension with a lone line feed", $"{Head}Transfer-Encoding: chunked\r\n\r\n10;a\nb\r\n{Body}\r\n0\r\n\r\n{Hidden}" },
        { "a request line of sixteen kilobytes", $"POST /v1/{new string('a', 16 * 1024)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a header of 64 kilobytes", $"{Head}X-A: {new string('a', 64 * 1024)}\r\nContent-Length: 16\r\n\r\n{Body}" },
        { "a thousand headers", $"{Head}{string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-{i}: 1\r\n"))}Content-Length: 16\r\n\r\n{Body}" },
    };

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync()
    {
        _server.Upstream.Requests.Clear();
        using var next = await _server.PostAsync("/v1/chat/completions", Body);
        Assert.True(next.IsSuccessStatusCode, "the next request is served");
        Assert.Single(_server.Upstream.Requests);
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0 && _server.Surface.Active == 0, "nothing is left behind");
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Request_that_two_servers_could_read_differently_is_refused_and_its_connection_closed(string what, string request)
    {
        var answer = await _server.RawAsync(request + Hidden);

        // A server that gives up on the connection without a word refuses too.
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 505 ", StringComparison.Ordinal), $"{what}: {answer}");
        Assert.InRange(answer.Split("HTTP/1.1 ").Length - 1, 0, 1);
        Assert.Empty(_server.Upstream.Requests);
        Assert.Empty(_server.Router.Demands);
    }

    [Fact]
    public async Task Two_requests_in_one_packet_are_two_and_answered_in_order()
    {
        _server.Upstream.Script = (request, reply) => reply.JsonAsync(200, request.Text);
        var answer = await _server.RawAsync($"{Head}Content-Length: 16\r\n\r\n{Body}{Hidden.Replace("Content-Length", "Connection: close\r\nContent-Length", StringComparison.Ordinal)}");

        Assert.Equal(2, answer.Split("HTTP/1.1 200 ").Length - 1);
        Assert.True(answer.IndexOf("tiny", StringComparison.Ordinal) < answer.IndexOf("hidden", StringComparison.Ordinal));
        Assert.Equal(["/v1/chat/completions", "/v1/embeddings"], _server.Upstream.Requests.Select(r => r.Target));
    }

    [Theory]
    [InlineData("10\r\n" + Body + "\r\n0\r\n\r\n")]
    [InlineData("10;name=value\r\n" + Body + "\r\n0\r\n\r\n")]
    [InlineData("0000010\r\n" + Body + "\r\n0\r\n\r\n")]
    [InlineData("8\r\n{\"model\"\r\n8\r\n:\"tiny\"}\r\n0\r\nX-Trailer: 1\r\nContent-Length: 999\r\nHost: evil.example\r\n\r\n")]
    public async Task Chunks_reach_the_engine_as_one_length_and_trailers_not_at_all(string chunks)
    {
        var answer = await _server.RawAsync($"{Head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{chunks}");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var seen = _server.Upstream.Last;
        Assert.Equal((Body, "16", null, null), (seen.Text, seen.Header("Content-Length"), seen.Header("Transfer-Encoding"), seen.Header("X-Trailer")));
        Assert.Equal("127.0.0.1:11434", seen.Header("Host"));
    }

    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n" + Body)]
    [InlineData("POST http://localhost/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 16\r\n\r\n" + Body)]
    [InlineData("POST /v1/chat/completions HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 16\n\n" + Body)]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-A: 1\nConnection: close\r\nContent-Length: +16\r\n\r\n" + Body)]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nhOsT:localhost\r\ncoNNection:close\r\nCONTENT-LENGTH:   16\r\n\r\n" + Body)]
    public async Task Odd_request_that_has_one_reading_is_served(string request)
    {
        Assert.StartsWith("HTTP/1.1 200 ", await _server.RawAsync(request), StringComparison.Ordinal);
        Assert.Equal((Body, "/v1/chat/completions"), (_server.Upstream.Last.Text, _server.Upstream.Last.Target));
    }

    [Theory]
    [InlineData("post /v1/chat/completions", 405)]
    [InlineData("OST /v1/chat/completions", 405)]
    [InlineData("ET /v1/models", 405)]
    [InlineData("get /v1/models", 405)]
    [InlineData("LETE /api/delete", 405)]
    [InlineData("TRACE /v1/models", 405)]
    [InlineData("OPTIONS *", 404)]
    [InlineData("OPTIONS /v1/chat/completions", 204)]
    [InlineData("HEAD /v1/chat/completions", 405)]
    [InlineData("PRI /v1/models", 405)]
    public async Task Method_is_read_as_it_stands(string line, int status)
    {
        var answer = await _server.RawAsync($"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Empty(_server.Upstream.Requests);
        if (status >= 400 && !line.StartsWith("HEAD", StringComparison.Ordinal))
        {
            Assert.NotNull(JsonNode.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])?["error"]);
        }
    }

    [Fact]
    public async Task Refused_request_with_an_unread_body_does_not_turn_its_body_into_a_request()
    {
        var hidden = Encoding.Latin1.GetByteCount(Hidden);
        var answer = await _server.RawAsync($"POST /v1/nothing/.hidden HTTP/1.1\r\nHost: localhost\r\nContent-Length: {hidden}\r\n\r\n{Hidden}GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
        Assert.Empty(_server.Upstream.Requests);
        Assert.Empty(_server.Router.Demands);
    }

    [Fact]
    public async Task Client_that_sends_half_a_head_and_leaves_is_no_request()
    {
        using (var client = await _server.ConnectAsync())
        {
            await client.GetStream().WriteAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: loc"u8.ToArray());
        }

        using var next = await _server.PostAsync("/v1/chat/completions", Body);
        Assert.Equal(ForwardOutcome.Completed, (await _server.Usage.NextAsync()).Outcome);
    }
}
