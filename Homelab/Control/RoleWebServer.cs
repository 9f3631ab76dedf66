using System.Net;
using Homelab.Configuration;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Homelab.Control;

/// <summary>The web server of a role: the client surface and the control API on the same listeners.</summary>
internal static class RoleWebServer
{
    /// <summary>Builds it; nothing listens before it is started. The surface is disposed after the server has stopped.</summary>
    /// <param name="listen">Checked addresses.</param>
    /// <param name="gateway">What the client surface may be told.</param>
    /// <param name="guard">Of every request of these listeners.</param>
    /// <param name="surface">Makes the client surface.</param>
    /// <param name="map">Adds the control API; each endpoint declares who may call it.</param>
    public static (WebApplication Application, ClientSurface Surface) Build(
        IReadOnlyList<string> listen,
        GatewayOptions gateway,
        RequestGuard guard,
        Func<IApplicationBuilder, ClientSurface> surface,
        Action<WebApplication> map)
    {
        var app = Builder(listen, gateway).Build();
        var made = surface(app);
        app.UseRouting();
        app.UseDeclaredAccess(guard);
        map(app);
        return (app, made);
    }

    /// <summary>What every role's server begins with: its listeners and limits, no logging, and signals left to the command line.</summary>
    public static WebApplicationBuilder Builder(IReadOnlyList<string> listen, GatewayOptions gateway)
    {
        // Empty: the slim builder reads appsettings.json of whatever folder this is started in, obeys ASPNETCORE_ variables, and watches that folder with all below it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => Configure(server, listen, gateway));
        return builder;
    }

    /// <summary>The base URLs that a started server listens at.</summary>
    public static IReadOnlyList<string> UrlsOf(WebApplication app) => [.. app.Urls];

    private static void Configure(KestrelServerOptions server, IReadOnlyList<string> listen, GatewayOptions gateway)
    {
        server.AddServerHeader = false;
        server.AllowSynchronousIO = false;
        var limits = server.Limits;
        limits.MaxRequestBodySize = gateway.MaximumBodyBytes;
        limits.MaxConcurrentConnections = gateway.MaximumConnections;
        limits.MaxConcurrentUpgradedConnections = 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);

        // The gateway has guards of its own for slow bodies and stalled readers, which free the lease too.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        foreach (var text in listen)
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

    /// <summary>Signals are the command line's, not the web server's: it must not stop before the streams are drained.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
