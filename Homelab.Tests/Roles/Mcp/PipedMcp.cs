using System.IO.Pipelines;
using Homelab.Configuration;
using Homelab.Control;
using Homelab.Roles.Mcp;
using Homelab.Tests.Cli;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>The MCP role before a scripted control API, reached by the SDK's own client over a pair of pipes.</summary>
internal sealed class PipedMcp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task<int> _served;
    private readonly Pipe _toServer;

    private PipedMcp(FakeControlServer server, Pipe toServer, Pipe toClient, bool readOnly)
    {
        Server = server;
        _toServer = toServer;
        var console = new RoleConsole(TextWriter.Null, TextWriter.Synchronized(Log), LogLevel.Information, TimeProvider.System);
        _served = McpHost.ServeAsync(
            new McpConfig { ReadOnly = readOnly },
            new McpTarget(server.Address, "k"),
            console,
            toServer.Reader.AsStream(),
            toClient.Writer.AsStream(),
            _stop.Token);
    }

    public FakeControlServer Server { get; }

    public StringWriter Log { get; } = new();

    public McpClient Client { get; private set; } = null!;

    /// <summary>Starts it; a test scripts <see cref="Server"/> afterwards.</summary>
    public static async Task<PipedMcp> StartAsync(bool readOnly = false)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        var mcp = new PipedMcp(await FakeControlServer.StartAsync(), toServer, toClient, readOnly);
        mcp.Client = await McpClient.CreateAsync(new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()));
        return mcp;
    }

    /// <summary>Calls a tool.</summary>
    public ValueTask<CallToolResult> CallAsync(string tool, params (string Name, object? Value)[] arguments) =>
        Client.CallToolAsync(tool, arguments.ToDictionary(a => a.Name, a => a.Value));

    /// <summary>Calls a tool that has to fail; what it says.</summary>
    public async Task<string> FailsAsync(string tool, params (string Name, object? Value)[] arguments)
    {
        var answer = await CallAsync(tool, arguments);
        Assert.True(answer.IsError, TextOf(answer));
        Assert.Null(answer.StructuredContent);
        return TextOf(answer);
    }

    public static string TextOf(CallToolResult answer) => Assert.IsType<TextContentBlock>(Assert.Single(answer.Content)).Text;

    /// <summary>The client closes its end; the role's exit code.</summary>
    public async Task<int> HangUpAsync()
    {
        await _toServer.Writer.CompleteAsync();
        return await _served.WaitAsync(Patience, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _stop.CancelAsync();
        Assert.Equal(0, await _served.WaitAsync(Patience, TimeProvider.System));
        await Server.DisposeAsync();
        _stop.Dispose();
    }
}
