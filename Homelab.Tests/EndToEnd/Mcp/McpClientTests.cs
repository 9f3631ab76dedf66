using System.Net;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>Agents before the published executable: the SDK's own client over every transport, against a hub with two machines.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class McpClientTests(SharedMcp shared) : IClassFixture<SharedMcp>
{
    [ExecutableTheory]
    [InlineData(McpTransport.Streamable)]
    [InlineData(McpTransport.Stateless)]
    [InlineData(McpTransport.Sse)]
    [InlineData(McpTransport.Stdio)]
    public async Task Agent_lists_loads_asks_for_the_address_and_unloads(McpTransport transport)
    {
        var cluster = await shared.ClusterAsync();
        await using var client = await shared.ConnectAsync(transport);

        var nodes = await FactsAsync(client, "cluster_nodes");
        Assert.Equal(["attic", "tower"], nodes.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("name").GetString()));
        var models = await FactsAsync(client, "model_list", ("state", "on_disk"));
        Assert.Contains(models.GetProperty("models").EnumerateArray(), m => m.GetProperty("name").GetString() == SharedMcp.Chat);

        var progress = new List<ProgressNotificationValue>();
        var loaded = await FactsAsync(client, "model_load", progress, ("model", SharedMcp.Chat), ("node", "attic"));
        Assert.Equal((SharedMcp.Chat, "attic", "hot"), (loaded.GetProperty("model").GetString(), loaded.GetProperty("node").GetString(), loaded.GetProperty("state").GetString()));
        await cluster.HasHotAsync("attic", SharedMcp.Chat);
        lock (progress)
        {
            Assert.NotEmpty(progress);
            Assert.All(progress, p => Assert.InRange(p.Progress, 0, 100));
        }

        var address = await FactsAsync(client, "node_ollama_url", ("node", "attic"));
        Assert.Contains("made up", address.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Contains("hello", await ChatAsync(address.GetProperty("url").GetString()!), StringComparison.OrdinalIgnoreCase);

        var unloaded = await FactsAsync(client, "model_unload", ("model", SharedMcp.Chat), ("node", "attic"));
        Assert.Equal("on_disk", unloaded.GetProperty("state").GetString());
        await cluster.HasHotAsync("attic");
        Assert.Contains("node.joined", await EventsAsync(client), StringComparison.Ordinal);
        var prompt = await client.GetPromptAsync("diagnose_slow_model", new Dictionary<string, object?> { ["model"] = SharedMcp.Chat });
        Assert.Contains("\"decision\":", ((TextContentBlock)prompt.Messages[0].Content).Text, StringComparison.Ordinal);
    }

    [ExecutableTheory]
    [InlineData(McpTransport.Streamable)]
    [InlineData(McpTransport.Sse)]
    [InlineData(McpTransport.Stdio)]
    public async Task Agent_reads_a_log_of_another_machine_and_nothing_else(McpTransport transport)
    {
        File.WriteAllText(Path.Combine(shared.Logs, "app.log"), string.Concat(Enumerable.Range(1, 5000).Select(i => $"line {i} of the log\n")));
        File.WriteAllText(Path.Combine(shared.Logs, "secret.txt"), "not for you");
        await using var client = await shared.ConnectAsync(transport);

        var roots = await FactsAsync(client, "infra_list", ("node", "tower"));
        Assert.Equal("logs", Assert.Single(roots.GetProperty("nodes")[0].GetProperty("roots").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(0, (await FactsAsync(client, "infra_list", ("node", "attic"))).GetProperty("nodes")[0].GetProperty("roots").GetArrayLength());
        var folder = (await FactsAsync(client, "infra_list", ("node", "tower"), ("root", "logs"))).GetProperty("folder");
        Assert.Equal("app.log", Assert.Single(folder.GetProperty("entries").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(1, folder.GetProperty("hidden_count").GetInt32());

        var first = await FactsAsync(client, "infra_read", ("node", "tower"), ("root", "logs"), ("path", "app.log"));
        var rest = await FactsAsync(client, "infra_read", ("node", "tower"), ("root", "logs"), ("path", "app.log"), ("offset", first.GetProperty("next_offset_bytes").GetInt64()));
        Assert.Equal(File.ReadAllText(Path.Combine(shared.Logs, "app.log")), first.GetProperty("text").GetString() + rest.GetProperty("text").GetString());
        var end = await FactsAsync(client, "infra_read", ("node", "tower"), ("root", "logs"), ("path", "app.log"), ("offset", -22));
        Assert.EndsWith("line 5000 of the log\n", end.GetProperty("text").GetString(), StringComparison.Ordinal);

        foreach (var path in (string[])["secret.txt", "../../etc/passwd", "/etc/passwd", "..%2f..%2fetc/passwd"])
        {
            Assert.Contains("\nNext: ", await FailsAsync(client, "infra_read", ("node", "tower"), ("root", "logs"), ("path", path)), StringComparison.Ordinal);
        }

        Assert.Contains("[root_not_found]", await FailsAsync(client, "infra_read", ("node", "attic"), ("root", "logs"), ("path", "app.log")), StringComparison.Ordinal);
        var events = await EventsAsync(client);
        Assert.Contains("infra.read", events, StringComparison.Ordinal);
        Assert.Contains("infra.refused", events, StringComparison.Ordinal);
    }

    [ExecutableTheory]
    [InlineData(McpTransport.Streamable)]
    [InlineData(McpTransport.Stdio)]
    public async Task Agent_that_is_wrong_is_told_what_would_be_right(McpTransport transport)
    {
        await using var client = await shared.ConnectAsync(transport);

        Assert.EndsWith("There is: chat:8b, small:1b", await FailsAsync(client, "model_load", ("model", "chatt:8b")), StringComparison.Ordinal);
        Assert.EndsWith("There is: attic, tower", await FailsAsync(client, "model_load", ("model", SharedMcp.Chat), ("node", "cellar")), StringComparison.Ordinal);
        Assert.Contains("choose one of attic, tower", await FailsAsync(client, "node_ollama_url", ("node", "cellar")), StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Hundred_agents_at_the_same_time_are_served()
    {
        await shared.ServerAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => shared.ConnectAsync(i % 2 == 0 ? McpTransport.Streamable : McpTransport.Sse)));

        var answers = await Task.WhenAll(clients.Select(c => FactsAsync(c, "cluster_nodes")));

        Assert.All(answers, a => Assert.Equal(2, a.GetProperty("nodes").GetArrayLength()));
        await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
    }

    [ExecutableFact]
    public async Task Agent_that_goes_away_mid_call_leaves_nothing_running()
    {
        var server = await shared.ServerAsync();
        var client = await shared.ConnectAsync(McpTransport.Streamable);
        var call = client.CallToolAsync("model_load", new Dictionary<string, object?> { ["model"] = SharedMcp.Chat, ["node"] = "tower" }).AsTask();
        await Eventually.BecomesAsync("calls that run", "1", () => RunningAsync(server), running => running == 1);

        await client.DisposeAsync();

        await Eventually.BecomesAsync("calls that run", "0", () => RunningAsync(server), running => running == 0);
        await Assert.ThrowsAnyAsync<Exception>(() => call);
        var cluster = await shared.ClusterAsync();
        await cluster.IsIdleAsync();
        await using var next = await shared.ConnectAsync(McpTransport.Stateless);
        await FactsAsync(next, "model_unload", ("model", SharedMcp.Chat), ("node", "tower"));
    }

    [ExecutableFact]
    public async Task Hub_that_is_down_is_said_and_the_tools_work_again_when_it_is_back()
    {
        await using var hub = await HomelabProcess.StartHubAsync("");
        await using var server = await HomelabProcess.StartMcpAsync(hub.Url);
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(server.Url, "/sse") }));
        Assert.Equal(0, (await FactsAsync(client, "cluster_nodes")).GetProperty("nodes").GetArrayLength());

        await hub.KillAsync();

        var text = await FailsAsync(client, "cluster_nodes");
        Assert.StartsWith($"nobody answers at {hub.Url.GetLeftPart(UriPartial.Authority)}: connection refused", text, StringComparison.Ordinal);
        Assert.Contains("Tell the user to start it there", text, StringComparison.Ordinal);
        await hub.StartAgainAsync();
        Assert.Equal(0, (await FactsAsync(client, "cluster_nodes")).GetProperty("nodes").GetArrayLength());
    }

    [ExecutableFact]
    public async Task Key_of_the_server_is_the_limit_of_its_tools()
    {
        const string key = "a-key-that-may-only-read";
        await using var hub = await HomelabProcess.StartHubAsync($"hub:\n  service_keys: [ {{ name: mcp, key: {key} }} ]\n");
        await using var server = await HomelabProcess.StartMcpAsync(hub.Url, new Dictionary<string, string?> { ["HOMELAB_KEY"] = key });
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(server.Url, "/mcp") }));

        Assert.Equal(0, (await FactsAsync(client, "cluster_nodes")).GetProperty("nodes").GetArrayLength());
        Assert.Contains("homelab keys add mcp --admin", await FailsAsync(client, "model_load", ("model", SharedMcp.Chat)), StringComparison.Ordinal);
        Assert.Contains("homelab keys add mcp --infra", await FailsAsync(client, "infra_read", ("node", "n"), ("root", "r"), ("path", "p")), StringComparison.Ordinal);
        Assert.DoesNotContain(key, server.Log, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Read_only_server_offers_no_change()
    {
        var cluster = await shared.ClusterAsync();
        await using var server = await HomelabProcess.StartMcpAsync(cluster.Hub.Url, null, "--read-only");
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(server.Url, "/mcp") }));

        Assert.All(await client.ListToolsAsync(), t => Assert.True(t.ProtocolTool.Annotations!.ReadOnlyHint, t.Name));
    }

    [ExecutableFact]
    public async Task Listener_that_others_reach_needs_a_key()
    {
        using var home = new HomelabHome();
        var run = await HomelabCommand.RunAsync(home, "mcp", "--listen", "0.0.0.0:0");
        Assert.Equal(78, run.ExitCode);
        Assert.Contains("Set mcp.api_keys", run.Error, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Standard_output_carries_the_protocol_and_nothing_else()
    {
        using var home = new HomelabHome("daemon: { engines: { llama_cpp: { models: ~/gguf } } }\n");
        string[] questions =
        [
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            "this is no JSON",
            """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"cluster_nodes"}}""",
            """{"jsonrpc":"2.0","id":3,"method":"nothing/like/it"}""",
        ];
        var environment = HomelabCommand.Environment(home, new Dictionary<string, string?>());
        await using var process = TestProcess.Start(HomelabExecutable.Path, ["mcp", "--stdio", "--url", "http://127.0.0.1:1", "--log-level", "debug"], environment, input: string.Join('\n', questions) + "\n");

        Assert.Equal(0, await process.ExitAsync(TimeSpan.FromSeconds(20)));

        var lines = process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.All(lines, l => Assert.Equal("2.0", l.GetProperty("jsonrpc").GetString()));
        Assert.Equal([1, 2, 3], lines.Where(l => l.TryGetProperty("id", out _)).Select(l => l.GetProperty("id").GetInt32()).Order());
        Assert.Contains("llama_cpp: has no effect", process.Error, StringComparison.Ordinal);
    }

    private static async Task<double> RunningAsync(HomelabProcess server)
    {
        const string name = "homelab_mcp_calls_running ";
        var text = await server.Http.GetStringAsync(new Uri("metrics", UriKind.Relative));
        return double.Parse(text.Split('\n').Single(l => l.StartsWith(name, StringComparison.Ordinal))[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task<JsonElement> FactsAsync(McpClient client, string tool, params (string Name, object Value)[] arguments) => FactsAsync(client, tool, null, arguments);

    private static async Task<JsonElement> FactsAsync(McpClient client, string tool, List<ProgressNotificationValue>? progress, params (string Name, object Value)[] arguments)
    {
        var answer = await client.CallToolAsync(tool, arguments.ToDictionary(a => a.Name, a => (object?)a.Value), progress is null ? null : new Kept(progress));
        Assert.True(answer.IsError != true, string.Join('\n', answer.Content.OfType<TextContentBlock>().Select(c => c.Text)));
        return answer.StructuredContent!.Value;
    }

    private static async Task<string> FailsAsync(McpClient client, string tool, params (string Name, object Value)[] arguments)
    {
        var answer = await client.CallToolAsync(tool, arguments.ToDictionary(a => a.Name, a => (object?)a.Value));
        Assert.True(answer.IsError);
        return Assert.IsType<TextContentBlock>(Assert.Single(answer.Content)).Text;
    }

    private static async Task<string> EventsAsync(McpClient client) =>
        Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync("homelab://events")).Contents)).Text;

    private static async Task<string> ChatAsync(string url)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var content = new StringContent($$"""{"model":"{{SharedMcp.Chat}}","stream":false,"messages":[{"role":"user","content":"Say hello."}]}""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(new Uri(url), "/api/chat"), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return text;
    }

    /// <summary>Keeps what is reported, at once.</summary>
    private sealed class Kept(List<ProgressNotificationValue> values) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value)
        {
            lock (values)
            {
                values.Add(value);
            }
        }
    }
}
