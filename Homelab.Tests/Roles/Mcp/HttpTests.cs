using System.Net;
using Homelab.Contracts;
using Homelab.Roles.Mcp;
using Homelab.Tests.Cli;
using ModelContextProtocol.Client;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>The server over HTTP: both transports at the addresses that agents are given, and who may call.</summary>
public sealed class HttpTests
{
    private const string Call = """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"cluster_nodes"}}""";
    private static readonly string Key = new('k', 32);
    private static readonly string Other = new('o', 32);

    [Theory]
    [InlineData(HttpTransportMode.StreamableHttp, "/mcp", "2025-11-25")]
    [InlineData(HttpTransportMode.StreamableHttp, "/mcp", "2025-06-18")]
    [InlineData(HttpTransportMode.StreamableHttp, "/mcp", null)]
    [InlineData(HttpTransportMode.Sse, "/sse", "2024-11-05")]
    [InlineData(HttpTransportMode.Sse, "/sse", null)]
    [InlineData(HttpTransportMode.StreamableHttp, "/sse", "2025-11-25")]
    [InlineData(HttpTransportMode.StreamableHttp, "/sse", null)]
    [InlineData(HttpTransportMode.AutoDetect, "/sse", null)]
    [InlineData(HttpTransportMode.AutoDetect, "/mcp", null)]
    [InlineData(HttpTransportMode.StreamableHttp, "/", null)]
    public async Task Client_is_served_at_every_address_over_every_transport(HttpTransportMode mode, string path, string? protocol)
    {
        await using var server = await FakeControlServer.StartAsync();
        server.WithStatus();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        await using var client = await mcp.ConnectAsync(mode, path, protocol: protocol);

        Assert.Equal("homelab", client.ServerInfo!.Name);
        Assert.Contains(await client.ListToolsAsync(), t => t.Name == "model_load");
        Assert.StartsWith("tower (live); gpu0 9 GiB of 24 GiB free", PipedMcp.TextOf(await client.CallToolAsync("cluster_nodes")), StringComparison.Ordinal);
        if (protocol is not null)
        {
            // The newest version has no ping.
            await client.PingAsync();
        }
    }

    [Fact]
    public async Task Hundred_sessions_at_the_same_time_are_served()
    {
        await using var server = await FakeControlServer.StartAsync();
        server.WithStatus();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        var modes = Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? (HttpTransportMode.StreamableHttp, "/mcp") : (HttpTransportMode.Sse, "/sse"));

        var clients = await Task.WhenAll(modes.Select(m => mcp.ConnectAsync(m.Item1, m.Item2, protocol: "2025-11-25")));
        var answers = await Task.WhenAll(clients.Select(c => c.CallToolAsync("cluster_nodes").AsTask()));

        Assert.All(answers, a => Assert.StartsWith("tower (live)", PipedMcp.TextOf(a), StringComparison.Ordinal));
        await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Flood_of_calls_in_one_session_is_bounded_and_answered()
    {
        await using var server = await FakeControlServer.StartAsync();
        var release = new TaskCompletionSource();
        var (running, most) = (0, 0);
        server.On("GET", ControlRoutes.Nodes, async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await release.Task;
            Interlocked.Decrement(ref running);
            await FakeControlServer.JsonAsync<IReadOnlyList<NodeWire>>(context, [SampleWires.Node], ContractsJson.Default.IReadOnlyListNodeWire);
        });
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        await using var client = await mcp.ConnectAsync(HttpTransportMode.Sse, "/sse");

        var calls = Enumerable.Range(0, 200).Select(_ => client.CallToolAsync("cluster_nodes").AsTask()).ToList();
        await EndToEnd.Eventually.BecomesAsync("calls that were refused", "184", () => Task.FromResult(calls.Count(c => c.IsCompleted)), done => done == 200 - CallGate.MostOfSession);
        release.SetResult();
        var answers = await Task.WhenAll(calls);

        Assert.Equal(CallGate.MostOfSession, answers.Count(a => a.IsError != true));
        Assert.Equal(CallGate.MostOfSession, most);
        Assert.All(answers.Where(a => a.IsError == true), a => Assert.StartsWith("too many calls are running", PipedMcp.TextOf(a), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST", "/mcp", "Host", "evil.example")]
    [InlineData("POST", "/mcp", "Host", "evil.example:8092")]
    [InlineData("POST", "/mcp", "Origin", "http://evil.example")]
    [InlineData("POST", "/mcp", "Origin", "null")]
    [InlineData("POST", "/sse", "Host", "evil.example")]
    [InlineData("POST", "/message", "Host", "evil.example")]
    [InlineData("POST", "/message", "Origin", "https://evil.example")]
    [InlineData("GET", "/sse", "Host", "evil.example")]
    [InlineData("GET", "/sse", "Origin", "http://evil.example")]
    [InlineData("GET", "/mcp/sse", "Host", "evil.example")]
    [InlineData("DELETE", "/mcp", "Origin", "http://evil.example")]
    [InlineData("GET", "/metrics", "Host", "evil.example")]
    [InlineData("GET", "/healthz", "Host", "evil.example")]
    [InlineData("POST", "/mcp", "Sec-Fetch-Site", "cross-site")]
    public async Task Web_page_reaches_nothing(string method, string path, string header, string value)
    {
        await using var server = await FakeControlServer.StartAsync();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
        {
            request.Content = new StringContent(RawSession.Initialize, System.Text.Encoding.UTF8, "application/json");
        }

        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.TryAddWithoutValidation(header, value);

        using var answer = await mcp.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Mcp-Session-Id"));
    }

    [Theory]
    [InlineData("Host", "localhost:8092")]
    [InlineData("Host", "127.0.0.1")]
    [InlineData("Origin", "http://localhost:6274")]
    public async Task Program_of_this_computer_is_let_in(string header, string value)
    {
        await using var server = await FakeControlServer.StartAsync();
        await using var mcp = await RunningMcp.StartAsync(server.Address);

        using var answer = await RawSession.SendAsync(mcp.Http, "/mcp", RawSession.Initialize, null, change: r => r.Headers.TryAddWithoutValidation(header, value));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(header == "Origin" ? "mcp-session-id, mcp-protocol-version" : null, answer.Headers.TryGetValues("Access-Control-Expose-Headers", out var exposed) ? exposed.Single() : null);
    }

    [Fact]
    public async Task Session_belongs_to_the_key_that_opened_it()
    {
        await using var server = await FakeControlServer.StartAsync();
        server.WithStatus();
        await using var mcp = await RunningMcp.StartAsync(server.Address, new Dictionary<string, string> { ["HOMELAB_MCP__API_KEYS"] = $"{Key},{Other}" });
        var session = await RawSession.OpenAsync(mcp.Http, key: Key);

        Assert.Equal(200, (await session.PostAsync(Call, Key)).Status);
        Assert.Equal(403, (await session.PostAsync(Call, Other)).Status);
        Assert.Equal(403, (await session.PostAsync(Call)).Status);
    }

    [Fact]
    public async Task Sessions_that_are_left_behind_make_room_for_new_ones()
    {
        await using var server = await FakeControlServer.StartAsync();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        var first = await RawSession.OpenAsync(mcp.Http);
        for (var i = 0; i < McpApplication.MaximumIdleSessions; i++)
        {
            await RawSession.OpenAsync(mcp.Http);
        }

        const string ping = """{"jsonrpc":"2.0","id":7,"method":"ping"}""";
        Assert.Equal(404, (await first.PostAsync(ping)).Status);
        var last = await RawSession.OpenAsync(mcp.Http);
        Assert.Equal(200, (await last.PostAsync(ping)).Status);
    }

    [Fact]
    public async Task Message_that_is_too_large_is_refused()
    {
        await using var server = await FakeControlServer.StartAsync();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        var session = await RawSession.OpenAsync(mcp.Http);

        var (status, _) = await session.PostAsync(Call + new string(' ', (int)McpApplication.MaximumBody));

        Assert.Equal(413, status);
    }

    [Fact]
    public async Task Client_of_the_newest_protocol_is_served_without_a_session()
    {
        await using var server = await FakeControlServer.StartAsync();
        server.WithStatus();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        const string json = """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"cluster_nodes","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}""";

        using var answer = await RawSession.SendAsync(mcp.Http, "/mcp", json, null, change: request =>
        {
            request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
            request.Headers.Add("Mcp-Method", "tools/call");
            request.Headers.Add("Mcp-Name", "cluster_nodes");
        });
        var body = await answer.Content.ReadAsStringAsync();

        Assert.True(answer.IsSuccessStatusCode, body);
        Assert.False(answer.Headers.Contains("Mcp-Session-Id"));
        Assert.Equal("tower", RawSession.MessageOf(body).GetProperty("result").GetProperty("structuredContent").GetProperty("nodes")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Health_is_open_and_metrics_count_calls()
    {
        await using var server = await FakeControlServer.StartAsync();
        server.WithStatus();
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        await using var client = await mcp.ConnectAsync();
        await client.CallToolAsync("cluster_nodes");
        await client.CallToolAsync("cluster_nodes", new Dictionary<string, object?> { ["x"] = 1 });

        Assert.Equal("ok\n", await mcp.Http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
        Assert.Equal(1, await mcp.MetricAsync("""homelab_mcp_calls_total{tool="cluster_nodes",outcome="done"}"""));
        Assert.Equal(1, await mcp.MetricAsync("""homelab_mcp_calls_total{tool="cluster_nodes",outcome="failed"}"""));
        Assert.Contains($"the tools show {server.Address.ToString().TrimEnd('/')}", mcp.Cli.Out, StringComparison.Ordinal);
    }
}
