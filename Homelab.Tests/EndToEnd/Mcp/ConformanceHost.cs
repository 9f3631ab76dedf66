using Homelab.Control;
using Homelab.Gateway;
using Homelab.Roles.Mcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>Our own MCP web server, guards and all, with the fixtures of the conformance suite in place of our tools.</summary>
internal sealed class ConformanceHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ConformanceHost(WebApplication app) => _app = app;

    public Uri Url => new(RoleWebServer.UrlsOf(_app)[0]);

    public static async Task<ConformanceHost> StartAsync()
    {
        var console = new RoleConsole(TextWriter.Null, TextWriter.Null, LogLevel.Warning, TimeProvider.System);
        var host = new ConformanceHost(McpApplication.Build(["127.0.0.1:0"], new GatewayOptions { NodeName = "fixtures" }, ConformanceFixtures.ApplyTo, new McpMetrics(new CallGate()), console));
        await host._app.StartAsync();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
