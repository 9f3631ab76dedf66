using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon.Control;

namespace Homelab.Roles.Daemon;

/// <summary>The daemon's web server: which paths it serves and who may call them.</summary>
internal static class DaemonApplication
{
    /// <summary>Builds it; nothing listens before it is started. The surface is disposed after the server has stopped.</summary>
    public static (WebApplication Application, ClientSurface Surface) Build(HomelabConfig config, GatewayOptions gateway, DaemonParts parts, DaemonEndpoints endpoints, IModelRouter router, IUsageSink usage)
    {
        var guard = new RequestGuard(gateway, parts.Clock.Time);
        return RoleWebServer.Build(
            config.Daemon.Listen,
            gateway,
            guard,
            app => GatewayEndpoints.Use(app, gateway, guard, router, usage, parts.Clock.Time, parts.Log),
            app => Map(app, endpoints));
    }

    private static void Map(WebApplication app, DaemonEndpoints endpoints)
    {
        app.MapGet("/healthz", HealthEndpoints.AliveAsync).RequireAccess(AccessRule.Open);
        app.MapGet("/readyz", endpoints.Health.ReadyAsync).RequireAccess(AccessRule.Open);
        app.MapGet("/metrics", endpoints.Health.MetricsAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.OpenApi, endpoints.OpenApi.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Status, endpoints.Status.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Nodes, endpoints.Nodes.ListAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Node, endpoints.Nodes.OneAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Models, endpoints.Models.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Apps, endpoints.Apps.ListAsync).RequireAccess(AccessRule.Client);
        app.MapPost(ControlRoutes.StartApp, endpoints.Apps.StartAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.StopApp, endpoints.Apps.StopAsync).RequireAccess(AccessRule.Admin);
        app.MapGet(ControlRoutes.AppLogs, endpoints.Apps.LogsAsync).RequireAccess(AccessRule.Admin);
        app.MapGet(ControlRoutes.Explain, endpoints.Explain.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.FitModel, endpoints.Fit.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Events, endpoints.Events.HandleAsync).RequireAccess(AccessRule.Client);
        app.MapGet(ControlRoutes.Infra, endpoints.Infra.NodesAsync).RequireAccess(AccessRule.Infra);
        app.MapGet(ControlRoutes.InfraFolder, endpoints.Infra.ListAsync).RequireAccess(AccessRule.Infra);
        app.MapGet(ControlRoutes.InfraFile, endpoints.Infra.ReadAsync).RequireAccess(AccessRule.Infra);
        app.MapGet(ControlRoutes.Usage, endpoints.Usage.HandleAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.LoadModel, endpoints.Commands.LoadAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.UnloadModel, endpoints.Commands.UnloadAsync).RequireAccess(AccessRule.Admin);
        app.MapPost(ControlRoutes.PullModel, endpoints.Commands.PullAsync).RequireAccess(AccessRule.Admin);
        app.MapDelete(ControlRoutes.Models, endpoints.Commands.DeleteAsync).RequireAccess(AccessRule.Admin);
    }
}
