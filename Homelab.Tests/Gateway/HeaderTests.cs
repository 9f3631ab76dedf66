using System.Text;

namespace Homelab.Tests.Gateway;

/// <summary>Headers pass both ways, less those of one connection, of the caller's credentials, of its browser and of the path it came by.</summary>
public sealed class HeaderTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Body = "{\"model\":\"tiny\"}";

    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("x-stainless-os", "Linux")]
    [InlineData("x-stainless-retry-count", "0")]
    [InlineData("X-Custom-Trace", "a1-b2")]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("baggage", "userId=1")]
    [InlineData("anthropic-version", "2023-06-01")]
    [InlineData("anthropic-beta", "a,b")]
    [InlineData("OpenAI-Organization", "org-1")]
    [InlineData("x-session-affinity", "s1")]
    [InlineData("User-Agent", "agent/1 (x; y)")]
    [InlineData("Accept", "application/json, text/event-stream")]
    [InlineData("Accept-Language", "de")]
    [InlineData("X-Title", "n8n")]
    public async Task Header_of_any_name_reaches_the_engine_as_it_was(string name, string value)
    {
        using var answer = await _server.PostAsync(Chat, Body, (name, value));
        Assert.Equal(value, _server.Upstream.Last.Header(name));
    }

    [Theory]
    [InlineData("Authorization", "Bearer sk-secret")]
    [InlineData("x-api-key", "sk-secret")]
    [InlineData("api-key", "sk-secret")]
    [InlineData("Proxy-Authorization", "Basic eA==")]
    [InlineData("Cookie", "a=b")]
    [InlineData("Origin", "http://localhost:3000")]
    [InlineData("Referer", "http://localhost:3000/chat")]
    [InlineData("Sec-Fetch-Mode", "cors")]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("X-Forwarded-Host", "evil.example")]
    [InlineData("X-Real-IP", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("Keep-Alive", "timeout=5")]
    [InlineData("Proxy-Connection", "keep-alive")]
    [InlineData("TE", "trailers")]
    [InlineData("Trailer", "X-A")]
    [InlineData("Upgrade", "h2c")]
    [InlineData("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")]
    [InlineData("Expect", "100-continue")]
    [InlineData("Range", "bytes=0-1")]
    [InlineData("X-Content-Length", "7")]
    [InlineData("x-homelab-hops", "1")]
    [InlineData("x-homelab-route", "node=evil")]
    public async Task Header_of_connection_credentials_browser_or_path_never_reaches_the_engine(string name, string value)
    {
        using var answer = await _server.PostAsync(Chat, Body, (name, value));
        Assert.Null(_server.Upstream.Requests.LastOrDefault()?.Header(name));
    }

    [Fact]
    public async Task Header_that_connection_lists_belongs_to_the_connection_and_stays_there()
    {
        // HTTP/1.0 ends by itself: where the list holds "close", Kestrel keeps nothing else of it.
        var answer = await _server.RawAsync($"POST {Chat} HTTP/1.0\r\nHost: localhost\r\nConnection: X-Hop , x-other\r\nX-Hop: 1\r\nX-Other: 2\r\nX-Kept: 3\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        Assert.Contains(" 200 OK\r\n", answer, StringComparison.Ordinal);
        var seen = _server.Upstream.Last;
        Assert.Equal((null, null, "3"), (seen.Header("X-Hop"), seen.Header("X-Other"), seen.Header("X-Kept")));
        Assert.DoesNotContain("X-Hop", seen.Header("Connection") ?? "", StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("Content-Length")]
    [InlineData("Content-Type")]
    public async Task Connection_cannot_talk_the_gateway_out_of_a_header_of_its_own(string name)
    {
        await _server.RawAsync($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close, {name}\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        var seen = _server.Upstream.Last;
        Assert.Equal(("127.0.0.1:11434", "16", "application/json", Body), (seen.Header("Host"), seen.Header("Content-Length"), seen.Header("Content-Type"), seen.Text));
    }

    [Fact]
    public async Task Header_given_twice_reaches_the_engine_with_both_values_in_order()
    {
        await _server.RawAsync($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nX-Many: a\r\nX-Many: b\r\nX-Empty:\r\nConnection: close\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        Assert.Equal("a,b", _server.Upstream.Last.Header("X-Many")?.Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("User-Agent")]
    [InlineData("X-Name")]
    public async Task Header_with_letters_beyond_ascii_does_not_fail_the_request(string name)
    {
        var request = Encoding.UTF8.GetBytes($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\n{name}: Zoë 日本\r\nConnection: close\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        Assert.StartsWith("HTTP/1.1 200 ", await _server.RawAsync(Encoding.Latin1.GetString(request)), StringComparison.Ordinal);
        Assert.Equal(Body, _server.Upstream.Last.Text);
    }

    [Fact]
    public async Task Headers_that_the_gateway_says_itself_are_said_once()
    {
        using var answer = await _server.PostAsync(Chat, Body, ("Accept-Encoding", "gzip, br"), ("x-request-id", "req-7"));

        var seen = _server.Upstream.Last;
        Assert.Equal(("127.0.0.1:11434", "identity", "req-7", "application/json"), (seen.Header("Host"), seen.Header("Accept-Encoding"), seen.Header("x-request-id"), seen.Header("Content-Type")));
    }

    [Fact]
    public async Task Answers_headers_pass_less_those_of_the_engines_connection()
    {
        _server.Upstream.Script = (_, reply) => reply.AnswerAsync(200, "application/json", "{}", "X-Engine: yes\r\nOpenAI-Processing-Ms: 5\r\nVary: Accept\r\nX-Many: a\r\nX-Many: b\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: x\r\nx-homelab-route: node=evil\r\nx-request-id: theirs\r\n");

        using var answer = await _server.PostAsync(Chat, Body, ("x-request-id", "req-7"), ("Origin", "http://localhost:3000"));

        Assert.Equal(("yes", "5", "a, b"), (One("X-Engine"), One("OpenAI-Processing-Ms"), One("X-Many")));
        Assert.False(answer.Headers.Contains("X-Hop"));
        Assert.False(answer.Headers.Contains("Keep-Alive"));
        Assert.False(answer.Headers.Contains("Proxy-Authenticate"));
        Assert.Equal("req-7", One("x-request-id"));
        Assert.StartsWith("node=tower;", One("x-homelab-route"), StringComparison.Ordinal);
        Assert.Contains("Origin", One("Vary"), StringComparison.Ordinal);

        string One(string name) => string.Join(", ", answer.Headers.GetValues(name));
    }
}
