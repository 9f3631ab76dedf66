using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>Bad input, and what it gets: the documented status and a clear error, no lease, no call to the engine, the next request served.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync(o => o with { MaximumBodyBytes = 1 << 20 });

    public async Task DisposeAsync()
    {
        Assert.Empty(_server.Upstream.Requests);
        using var next = await _server.PostAsync("/v1/chat/completions", "{\"model\":\"tiny\"}");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0, "every lease is back");
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("/v1/chat/completions", "{\"model\":", "invalid_json", null)]
    [InlineData("/v1/chat/completions", "", "invalid_json", null)]
    [InlineData("/v1/chat/completions", "{\"messages\":[]}", "invalid_request", "model")]
    [InlineData("/v1/embeddings", "{\"model\":[\"a\"]}", "invalid_request", "model")]
    [InlineData("/v1/responses", "{\"model\":\"a\",\"MODEL\":\"b\"}", "invalid_request", "model")]
    [InlineData("/v1/completions", "{\"model\":\"a\",\"model\":\"a\"}", "invalid_request", "model")]
    [InlineData("/v1/completions", "{\"model\":\"a\\r\\nX-Evil: 1\"}", "invalid_request", "model")]
    [InlineData("/v1/messages/../chat/completions", "{\"model\":\"a\\u0000\"}", "invalid_request", "model")]
    [InlineData("/v1/chat/completions", "{\"model\":\"\"}", "invalid_request", "model")]
    [InlineData("/v1/chat/completions", "{\"model\":null}", "invalid_request", "model")]
    [InlineData("/v1/chat/completions", "not json", "invalid_json", null)]
    [InlineData("/v1/chat/completions", "[{\"model\":\"a\"}]", "invalid_json", null)]
    [InlineData("/v1/rerank", "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}", "invalid_request", "model")]
    public async Task Bad_body_is_a_400_that_names_the_field(string path, string body, string code, string? param)
    {
        using var answer = await _server.PostAsync(path, body);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal((code, param, "invalid_request_error"), (error["code"]!.GetValue<string>(), error["param"]?.GetValue<string>(), error["type"]!.GetValue<string>()));
        Assert.Equal((ForwardOutcome.Refused, 400, null), (await _server.Usage.NextAsync() is var r ? (r.Outcome, r.Status, r.Model) : default));
    }

    [Fact]
    public async Task Body_nested_a_thousand_deep_is_a_400()
    {
        using var answer = await _server.PostAsync("/v1/chat/completions", "{\"model\":\"a\",\"x\":" + new string('[', 1000) + new string(']', 1000) + "}");
        Assert.Equal("invalid_json", await CodeAsync(answer));
    }

    [Fact]
    public async Task Model_name_of_ten_kilobytes_is_a_400_and_is_not_said_back()
    {
        using var answer = await _server.PostAsync("/v1/chat/completions", "{\"model\":\"" + new string('a', 10_240) + "\"}");
        Assert.Equal("invalid_request", await CodeAsync(answer));
        Assert.True((await answer.Content.ReadAsStringAsync()).Length < 500);
    }

    [Fact]
    public async Task Bad_utf8_is_a_400()
    {
        using var content = new ByteArrayContent([.. "{\"model\":\"a\",\"x\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        using var answer = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", content);
        Assert.Equal("invalid_json", await CodeAsync(answer));
    }

    [Fact]
    public async Task Gzip_that_ends_early_is_a_400()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync("{\"model\":\"tiny\",\"x\":\"0123456789\"}"u8.ToArray());
        }

        Assert.Equal(400, await StatusAsync(packed.ToArray()[..^12], "gzip"));
    }

    [Theory]
    [InlineData("/v1/messages", "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"model is required\"}}")]
    [InlineData("/api/chat", "{\"error\":\"model is required\"}")]
    public async Task Bad_body_is_refused_in_the_dialect(string path, string expected)
    {
        using var answer = await _server.PostAsync(path, "{}");
        Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Body_larger_than_the_limit_is_a_413_announced_or_not()
    {
        var large = "{\"model\":\"tiny\",\"x\":\"" + new string('a', 2 << 20) + "\"}";
        using var announced = await _server.PostAsync("/v1/chat/completions", large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        Assert.Equal("body_too_large", JsonNode.Parse(await announced.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());

        using var chunked = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", new StreamContent(new NoLength(Encoding.UTF8.GetBytes(large))));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
    }

    [Fact]
    public async Task Gzip_that_unpacks_beyond_the_limit_is_a_413_and_what_is_no_gzip_a_400()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[100 << 20]);
        }

        Assert.True(packed.Length < 1 << 20);
        Assert.Equal(413, await StatusAsync(packed.ToArray(), "gzip"));
        Assert.Equal(400, await StatusAsync("{\"model\":\"tiny\"}"u8.ToArray(), "gzip"));
        Assert.Equal(415, await StatusAsync("{\"model\":\"tiny\"}"u8.ToArray(), "br"));
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/xml")]
    public async Task Content_type_that_cannot_be_json_is_a_415(string type)
    {
        using var content = new StringContent("{\"model\":\"tiny\"}", Encoding.UTF8, type);
        using var answer = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Truncated_body_leaves_nothing_behind()
    {
        using (var client = await _server.ConnectAsync())
        {
            await client.GetStream().WriteAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"model\":"u8.ToArray());
        }

        Assert.Equal(ForwardOutcome.ClientGone, (await _server.Usage.NextAsync()).Outcome);
        await GatewayServer.UntilAsync(() => _server.Surface.Active == 0, "the request ends");
    }

    [Fact]
    public async Task Client_that_sends_a_byte_a_second_is_a_408()
    {
        using var client = await _server.ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"u8.ToArray());
        var answering = new StreamReader(stream).ReadLineAsync();
        await GatewayServer.UntilAsync(() => _server.Surface.Active == 1, "the body is being read");

        // Sooner than the patience ends, so that no byte comes behind the answer and resets the connection.
        for (var i = 0; i < 20; i++)
        {
            await stream.WriteAsync(" "u8.ToArray());
            _server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        // The body's clock may have started after some of these seconds: the request is read on threads of its own.
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => answering.IsCompleted);

        Assert.Equal("HTTP/1.1 408 Request Timeout", await answering);
        Assert.Equal(ForwardOutcome.ClientStalled, (await _server.Usage.NextAsync()).Outcome);
    }

    private static async Task<string> CodeAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>();
    }

    private async Task<int> StatusAsync(byte[] body, string encoding)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var answer = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", content);
        return (int)answer.StatusCode;
    }

    /// <summary>A stream that does not tell its length, so that it is sent in chunks.</summary>
    private sealed class NoLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
