using Homelab.Clients;
using Homelab.Configuration;
using Homelab.Control;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using ModelContextProtocol.Server;

namespace Homelab.Roles.Mcp;

/// <summary>Composition root of the MCP role, from configuration to exit code. It owns nothing: whatever it shows or does, the control API of its target
/// shows or does with the key that it was given.</summary>
internal static class McpHost
{
    /// <summary>Serves HTTP until <paramref name="stop"/> is cancelled.</summary>
    /// <returns>The process's exit code: 0 after a clean stop, 1 where it could not listen.</returns>
    public static async Task<int> ServeAsync(McpConfig config, McpTarget target, HomelabFolder folder, RoleConsole console, CancellationToken stop)
    {
        using var logging = Logging(console);
        var log = logging.CreateLogger("homelab");
        Warn(log, target, console);
        using var client = new ControlClient(target.Address, target.Key, console.Time);
        var gate = new CallGate();
        var metrics = new McpMetrics(gate);
        using var surface = new McpSurface(new ClusterAccess(target, client, gate, metrics, console.Time), config.ReadOnly);
        var app = McpApplication.Build(config.Listen, Gateway(config), surface.ApplyTo, metrics, console);
        await using var served = app.ConfigureAwait(false);
        using var stopping = new CancellationTokenSource();
        var work = Task.Delay(Timeout.InfiniteTimeSpan, console.Time, stopping.Token);
        try
        {
            await app.StartAsync(stop).ConfigureAwait(false);
        }
        catch (IOException problem)
        {
            await console.Errors.WriteLineAsync($"homelab: cannot listen at {string.Join(", ", config.Listen)}: {problem.Message}").ConfigureAwait(false);
            await RoleRun.StopAsync(app, stopping, work).ConfigureAwait(false);
            return 1;
        }

        var urls = RoleWebServer.UrlsOf(app);
        using var running = RunningFile.Write(folder, "mcp", urls, log);
        foreach (var url in urls)
        {
            await console.Output.WriteLineAsync($"listening on {url}").ConfigureAwait(false);
        }

        await console.Output.WriteLineAsync($"agents connect to /mcp or /sse there{(config.ReadOnly ? " and may only read" : "")}; the tools show {target.Name}").ConfigureAwait(false);
        await console.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await RoleRun.UntilAsync(work, stop).ConfigureAwait(false);
        await RoleRun.StopAsync(app, stopping, work).ConfigureAwait(false);
        return 0;
    }

    /// <summary>Serves one client over the process's own input and output until it closes its end or <paramref name="stop"/> is cancelled. Nothing but
    /// the protocol is written to the output.</summary>
    /// <returns>The process's exit code.</returns>
    public static Task<int> ServeProcessAsync(McpConfig config, McpTarget target, RoleConsole console, CancellationToken stop) =>
        ServeAsync(config, target, console, Console.OpenStandardInput(), new BufferedStream(Console.OpenStandardOutput()), stop);

    /// <summary>The same over any pair of streams.</summary>
    internal static async Task<int> ServeAsync(McpConfig config, McpTarget target, RoleConsole console, Stream input, Stream output, CancellationToken stop)
    {
        using var logging = Logging(console);
        Warn(logging.CreateLogger("homelab"), target, console);
        using var client = new ControlClient(target.Address, target.Key, console.Time);
        var gate = new CallGate();
        using var surface = new McpSurface(new ClusterAccess(target, client, gate, new McpMetrics(gate), console.Time), config.ReadOnly);
        var options = new McpServerOptions();
        surface.ApplyTo(options);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var transport = new StreamServerTransport(new LingeringInput(input, () => gate.Running, console.Time), output, "homelab", logging);
        await using var held = transport.ConfigureAwait(false);
        var server = McpServer.Create(transport, options, logging);
        await using var served = server.ConfigureAwait(false);
        var run = server.RunAsync(ending.Token);
        try
        {
            // The SDK would wait for calls that run, although nobody hears their answers any more.
            await Task.WhenAny(run, transport.MessageReader.Completion).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await run.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // That is how it ends.
        }

        return 0;
    }

    private static GatewayOptions Gateway(McpConfig config) => new()
    {
        NodeName = Environment.MachineName,
        MaximumBodyBytes = McpApplication.MaximumBody,
        MaximumConnections = McpApplication.MaximumConnections,
        AllowedHosts = config.AllowedHosts,
        AllowedOrigins = config.AllowedOrigins,
        Keys = new KeySource(new KeyRing(config.ApiKeys.Select(static (key, i) => KeyRing.Entry($"mcp.api_keys[{i}]", key, isAdmin: false)))),
    };

    private static ILoggerFactory Logging(RoleConsole console) => LoggerFactory.Create(builder => McpLogging.Configure(builder, console));

    private static void Warn(ILogger log, McpTarget target, RoleConsole console)
    {
        foreach (var warning in console.Warnings)
        {
            log.LogWarning("{Warning}", warning);
        }

        if (target.Warning is { } own)
        {
            log.LogWarning("{Warning}", own);
        }
    }
}
