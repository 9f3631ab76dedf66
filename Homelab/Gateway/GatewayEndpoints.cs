using Homelab.Gateway.Access;

namespace Homelab.Gateway;

/// <summary>Puts the client surface on a listener.</summary>
internal static class GatewayEndpoints
{
    /// <summary>Serves the client surface's paths and passes the rest on. Belongs before routing; the listener's own endpoints belong behind
    /// <see cref="AccessExtensions.UseDeclaredAccess"/> with the same guard.</summary>
    /// <returns>The surface, which the caller disposes after the server has stopped.</returns>
    public static ClientSurface Use(
        IApplicationBuilder app,
        GatewayOptions options,
        RequestGuard guard,
        IModelRouter router,
        IUsageSink usage,
        TimeProvider time,
        ILogger? log = null,
        RequestDelegate? startPage = null)
    {
        var surface = new ClientSurface(options, guard, router, usage, time, log, startPage);
        app.Use(next => context => surface.TryServe(context, out var serving) ? serving : next(context));
        return surface;
    }
}
