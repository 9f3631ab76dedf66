using System.Net;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon.Control;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Homelab.Roles.Daemon;

/// <summary>The daemon's web server: the client surface and the control API on the same listeners.</summary>
internal static class DaemonApplication
{
    /// <summary>Builds it; nothing listens before it is started. The surface is disposed after the server has stopped.</summary>
    public static (WebApplication Application, ClientSurface Surface) Build(HomelabConfig config, GatewayOptions gateway, DaemonParts parts, DaemonEndpoints endpoints, IModelRouter router, IUsageSink usage)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => Configure(server, config, gateway));
        var app = builder.Build();
        var guard = new RequestGuard(gateway, parts.Clock.Time);
        var surface = GatewayEndpoints.Use(app, gateway, guard, router, usage, parts.Clock.Time, parts.Log);
        app.UseRouting();
        app.UseDeclaredAccess(guard);
        Map(app, endpoints);
        return (app, surface);
    }

    /// <summary>The base URLs that a started server listens at.</summary>
    public static IReadOnlyList<string> UrlsOf(WebApplication app) => [.. app.Urls];

    private static void Configure(KestrelServerOptions server, HomelabConfig config, GatewayOptions gateway)
    {
        server.AddServerHeader = false;
        server.AllowSynchronousIO = false;
        var limits = server.Limits;
        limits.MaxRequestBodySize = gateway.MaximumBodyBytes;
        limits.MaxConcurrentConnections = 4096;
        limits.MaxConcurrentUpgradedConnections = 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);

        // The gateway has guards of its own for slow bodies and stalled readers, which free the lease too.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        foreach (var text in config.Daemon.Listen)
        {
            var address = ListenAddress.Parse(text);
            if (address.Address is null && address.Port != 0)
            {
                server.ListenLocalhost(address.Port);
            }
            else
            {
                server.Listen(new IPEndPoint(address.Address ?? IPAddress.Loopback, address.Port));
            }
        }
    }

    private static void Map(WebApplication app, DaemonEndpoints endpoints)
    {
        app.MapGet("/healthz", HealthEndpoints.AliveAsync).RequireAccess(AccessRule.Open);
        app.MapGet("/readyz", endpoints.Health.ReadyAsync).RequireAccess(AccessRule.Open);
        app.MapGet("/metrics", endpoints.Health.MetricsAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.OpenApi, OpenApiEndpoint.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Status, endpoints.Status.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Nodes, endpoints.Nodes.ListAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Node, endpoints.Nodes.OneAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Models, endpoints.Models.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Explain, endpoints.Explain.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Events, endpoints.Events.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Usage, endpoints.Usage.HandleAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.LoadModel, endpoints.Commands.LoadAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.UnloadModel, endpoints.Commands.UnloadAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.PullModel, endpoints.Commands.PullAsync).RequireAccess(AccessRule.Admin);
        app.MapDelete(ControlRoutes.Models, endpoints.Commands.DeleteAsync).RequireAccess(AccessRule.Admin);
    }

    /// <summary>Signals are the command line's, not the web server's: it must not stop before the streams are drained.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
