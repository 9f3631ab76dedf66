using System.Net;
using System.Net.Sockets;
using System.Text;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Gateway.Transport;
using Homelab.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Gateway;

/// <summary>The client surface on a real Kestrel at a free loopback port, before a scripted upstream, with a fake router and a fake clock.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ClientSurface _surface;
    private readonly UpstreamPool _pool;

    private GatewayServer(WebApplication app, ClientSurface surface, UpstreamPool pool, ScriptedUpstream upstream, FakeRouter router, RecordingUsageSink usage, FakeTimeProvider time)
    {
        (_app, _surface, _pool, Upstream, Router, Usage, Time) = (app, surface, pool, upstream, router, usage, time);
        Address = new Uri(app.Urls.First());
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, MaxResponseDrainSize = 0 }) { BaseAddress = Address };
    }

    public ScriptedUpstream Upstream { get; }

    public FakeRouter Router { get; }

    public RecordingUsageSink Usage { get; }

    public FakeTimeProvider Time { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public ClientSurface Surface => _surface;

    /// <param name="options">Changes the defaults.</param>
    /// <param name="isEngine">Whether the upstream is an engine, or a hub.</param>
    /// <param name="remoteAddress">Where every request seems to come from; null: loopback, as it is.</param>
    public static async Task<GatewayServer> StartAsync(Func<GatewayOptions, GatewayOptions>? options = null, bool isEngine = true, IPAddress? remoteAddress = null)
    {
        var settings = new GatewayOptions { NodeName = "tower" };
        settings = options?.Invoke(settings) ?? settings;
        var time = new FakeTimeProvider();
        var upstream = new ScriptedUpstream();
        var pool = new UpstreamPool(upstream.Address, time);
        var router = new FakeRouter(new Upstream("127.0.0.1:11434", pool, isEngine, "ollama", "tower"));
        var usage = new RecordingUsageSink();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Listen(IPAddress.Loopback, 0);
            server.Limits.MinRequestBodyDataRate = null;
            server.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        if (remoteAddress is not null)
        {
            app.Use(next => context =>
            {
                context.Connection.RemoteIpAddress = remoteAddress;
                return next(context);
            });
        }

        var guard = new RequestGuard(settings, time);
        var surface = GatewayEndpoints.Use(app, settings, guard, router, usage, time);
        app.UseRouting();
        app.UseDeclaredAccess(guard);
        app.MapGet("/healthz", static context => context.Response.WriteAsync("ok")).RequireAccess(AccessRule.Open);
        app.MapGet("/homelab/v1/status", static context => context.Response.WriteAsync(context.GetPrincipal()!.Name)).RequireAccess(AccessRule.Client);
        app.MapPost("/homelab/v1/models/load", static context => context.Response.WriteAsync("loaded")).RequireAccess(AccessRule.Admin);
        app.MapPost("/homelab/v1/nodes/heartbeat", static context => context.Response.WriteAsync("{}")).RequireAccess(AccessRule.Node);
        app.MapGet("/forgotten", static context => context.Response.WriteAsync("secret"));
        await app.StartAsync();
        return new GatewayServer(app, surface, pool, upstream, router, usage, time);
    }

    /// <summary>POSTs JSON and reads only the head.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>A raw connection, for what an HTTP client would not send.</summary>
    public async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port);
        return client;
    }

    /// <summary>Sends raw bytes and reads until the server closes.</summary>
    public async Task<string> RawAsync(string request)
    {
        using var client = await ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>Moves the fake clock in small steps until the condition holds: the request under test runs on real threads.</summary>
    public async Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition)
    {
        for (var i = 0; i < 5000; i++)
        {
            if (condition())
            {
                return;
            }

            Time.Advance(step);
            await Task.Yield();
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }

        Assert.Fail("the condition did not come to hold");
    }

    /// <summary>Waits, without moving the fake clock.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var i = 0; i < 10_000; i++)
        {
            if (condition())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }

        Assert.Fail($"waited in vain: {what}");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
        _surface.Dispose();
        _pool.Dispose();
        await Upstream.DisposeAsync();
    }
}
