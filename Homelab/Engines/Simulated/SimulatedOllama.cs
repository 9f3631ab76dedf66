using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Homelab.Engines.Simulated;

/// <summary>An HTTP server on loopback that behaves like Ollama: same paths, shapes, framings, errors, loading and evicting; only the answers are made up.
/// Every response carries <c>x-homelab-simulated: true</c>. It can be stopped and started again on the same port, with its state kept.</summary>
internal sealed class SimulatedOllama : IAsyncDisposable, IHttpApplication<HttpContext>
{
    private const int LongestBody = 256 << 20;

    private readonly SimulatedRoutes _routes;
    private KestrelServer? _server;
    private int _port;

    public SimulatedOllama(SimulatedSettings settings, TimeProvider time, ISimulationFaults? faults = null)
    {
        State = new SimulatedState(settings, time, faults ?? new NoFaults());
        _routes = new SimulatedRoutes(State);
    }

    public SimulatedState State { get; }

    /// <summary>Where it listens; the port is chosen at the first start.</summary>
    public Uri Address => new($"http://127.0.0.1:{_port}");

    public bool IsRunning => _server is not null;

    /// <summary>Listens from here on. Not to be called while it runs.</summary>
    /// <exception cref="IOException">Somebody else took the port while it was stopped.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = LongestBody;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Listen(IPAddress.Loopback, _port);
        var server = new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        await server.StartAsync(this, cancellation);
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? throw new InvalidOperationException("the server has no address");
        _port = new Uri(address).Port;
        _server = server;
    }

    /// <summary>Cuts all connections and listens no more; what was loaded is lost, as when the process ends.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.StopAsync(new CancellationToken(canceled: true));
            server.Dispose();
            State.Scheduler.UnloadAll();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        State.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        context.Response.Headers["x-homelab-simulated"] = "true";
        if (!SimulatedGuard.Admits(context))
        {
            return;
        }

        try
        {
            var exchange = new SimulatedExchange(context, await ReadAsync(context));
            if (await State.Faults.InterceptAsync(exchange))
            {
                return;
            }

            try
            {
                await _routes.AnswerAsync(exchange);
            }
            catch (OllamaErrorException error)
            {
                await SimulatedErrors.WriteAsync(State, exchange, error);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: nobody to answer.
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }
}
