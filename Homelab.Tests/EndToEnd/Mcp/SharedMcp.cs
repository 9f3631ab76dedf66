using Homelab.Tests.EndToEnd.Cluster;
using ModelContextProtocol.Client;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>A cluster of two machines and the MCP server of its hub, for all the tests of a class. Started when the first of them asks.</summary>
public sealed class SharedMcp : IAsyncLifetime
{
    internal const string Chat = "chat:8b";
    internal const string Small = "small:1b";

    private readonly Lazy<Task<(TestCluster Cluster, HomelabProcess Server)>> _both;
    private readonly DirectoryInfo _logs = Directory.CreateTempSubdirectory("homelab-logs-");

    public SharedMcp() => _both = new(StartAsync);

    /// <summary>What the tower opens to be read, as its root <c>logs</c>: every <c>*.log</c>.</summary>
    internal string Logs => _logs.FullName;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_both is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            var (cluster, server) = await _both.Value;
            await server.DisposeAsync();
            await cluster.DisposeAsync();
        }

        _logs.Delete(recursive: true);
    }

    internal async Task<TestCluster> ClusterAsync() => (await _both.Value).Cluster;

    internal async Task<HomelabProcess> ServerAsync() => (await _both.Value).Server;

    /// <summary>The SDK's own client. The caller disposes it.</summary>
    internal async Task<McpClient> ConnectAsync(McpTransport transport)
    {
        var (cluster, server) = await _both.Value;
        return transport switch
        {
            McpTransport.Streamable => await HttpAsync(server.Url, "/mcp", HttpTransportMode.StreamableHttp, "2025-11-25"),
            McpTransport.Stateless => await HttpAsync(server.Url, "/mcp", HttpTransportMode.StreamableHttp, null),
            McpTransport.Sse => await HttpAsync(server.Url, "/sse", HttpTransportMode.Sse, null),
            _ => await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
            {
                Command = HomelabExecutable.Path,
                Arguments = ["mcp", "--stdio", "--url", cluster.Hub.Url.ToString()],
                EnvironmentVariables = HomelabCommand.Environment(server.Home, new Dictionary<string, string?>()),
            })),
        };
    }

    private static Task<McpClient> HttpAsync(Uri url, string path, HttpTransportMode mode, string? protocol) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(url, path), TransportMode = mode }),
        new McpClientOptions { ProtocolVersion = protocol });

    private async Task<(TestCluster, HomelabProcess)> StartAsync()
    {
        // A load takes three seconds, so that there is progress to tell.
        var cluster = await TestCluster.StartAsync(
            ClusterNode.Simulated("tower", "16GiB", $$"""{ name: "{{Chat}}", size: 3GiB }""", loadRate: "1GiB", more: $"infra: {{ roots: [ {{ name: logs, path: \"{Logs}\", include: [ \"**/*.log\" ] }} ] }}"),
            ClusterNode.Simulated("attic", "16GiB", $$"""{ name: "{{Chat}}", size: 3GiB }, { name: "{{Small}}", size: 1GiB }""", loadRate: "1GiB"));
        return (cluster, await HomelabProcess.StartMcpAsync(cluster.Hub.Url));
    }
}
