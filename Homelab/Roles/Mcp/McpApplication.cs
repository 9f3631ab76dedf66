using System.Security.Claims;
using Homelab.Control;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace Homelab.Roles.Mcp;

/// <summary>The MCP server's web server: Streamable HTTP at <c>/mcp</c>, the older SSE transport at <c>/sse</c>, and who may call them.</summary>
internal static class McpApplication
{
    /// <summary>Sessions without a request that are kept; beyond it the longest idle one is closed.</summary>
    public const int MaximumIdleSessions = 256;

    /// <summary>Connections at the same time, and with them sessions that have one.</summary>
    public const int MaximumConnections = 1024;

    /// <summary>Largest message; those of our tools are a few hundred bytes.</summary>
    public const long MaximumBody = 1 << 20;

    private const string SessionHeader = "Mcp-Session-Id";
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(2);

    /// <summary>Builds it; nothing listens before it is started.</summary>
    /// <param name="listen">Checked addresses.</param>
    /// <param name="gateway">Keys, and the names and pages that may call.</param>
    /// <param name="configure">Puts in what is offered.</param>
    /// <param name="metrics">For <c>/metrics</c>.</param>
    /// <param name="console">Log and clock.</param>
    public static WebApplication Build(IReadOnlyList<string> listen, GatewayOptions gateway, Action<McpServerOptions> configure, McpMetrics metrics, RoleConsole console)
    {
        var builder = RoleWebServer.Builder(listen, gateway);
        McpLogging.Configure(builder.Logging, console);
        builder.Services.AddMcpServer(configure).WithHttpTransport(options => Configure(options, console.Time));
        var app = builder.Build();
        app.Use(ServeStreamableAtSse);
        app.UseRouting();
        app.UseDeclaredAccess(new RequestGuard(gateway, console.Time));
        app.Use(KnowCaller);
        app.MapGet("/healthz", static context => context.Response.WriteAsync("ok\n")).RequireAccess(AccessRule.Open);
        app.MapGet("/metrics", context => WriteMetricsAsync(context, metrics)).RequireAccess(AccessRule.Client);
        app.MapMcp().RequireAccess(AccessRule.Client);
        app.MapMcp("/mcp").RequireAccess(AccessRule.Client);
        return app;
    }

    private static void Configure(HttpServerTransportOptions options, TimeProvider time)
    {
        // Agents are configured for /sse today, which needs sessions; clients of the newest protocol, which has none, are served beside them.
        options.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
        options.TimeProvider = time;
#pragma warning disable MCP9004, MCP9006 // Obsolete since the newest protocol dropped both; those who speak the older ones need them.
        options.EnableLegacySse = true;
        options.IdleTimeout = IdleTimeout;
        options.MaxIdleSessionCount = MaximumIdleSessions;
#pragma warning restore MCP9004, MCP9006
    }

    /// <summary>A client that speaks Streamable HTTP and was pointed at <c>/sse</c> is served there: what is no opening of the older transport is its.</summary>
    private static RequestDelegate ServeStreamableAtSse(RequestDelegate next) => context =>
    {
        var request = context.Request;
        if (request.Path.Value is "/sse" or "/sse/" && (!HttpMethods.IsGet(request.Method) || request.Headers.ContainsKey(SessionHeader)))
        {
            request.Path = "/mcp";
        }

        return next(context);
    };

    /// <summary>A session belongs to the key that opened it, and a call ends when the request that brought it does.</summary>
    private static RequestDelegate KnowCaller(RequestDelegate next) => context =>
    {
        if (context.GetPrincipal() is { } principal)
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, principal.Name)], "key"));
        }

        // The answer to a POST of Streamable HTTP travels on that very request, and is lost with it. On the older transport it travels on the stream,
        // whose end the SDK sees by itself.
        if (context.Request.Path.Value is "/" or "/mcp" or "/mcp/" && HttpMethods.IsPost(context.Request.Method))
        {
            CallerPresence.Watch(context.RequestAborted);
        }

        if (context.Response.Headers.AccessControlExposeHeaders.Count > 0)
        {
            context.Response.Headers.AccessControlExposeHeaders = "mcp-session-id, mcp-protocol-version";
        }

        return next(context);
    };

    private static Task WriteMetricsAsync(HttpContext context, McpMetrics metrics)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }
}
