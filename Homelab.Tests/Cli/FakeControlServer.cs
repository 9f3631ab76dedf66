using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Cli;

/// <summary>A control API on a free loopback port that answers what a test tells it and remembers what it was asked.</summary>
internal sealed class FakeControlServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, string, Task>> _handlers = new();
    private readonly ConcurrentQueue<SeenRequest> _seen = new();

    private FakeControlServer(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public static async Task<FakeControlServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var server = new FakeControlServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        server.Address = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    public FakeControlServer On(string method, string path, RequestDelegate handler) => OnBody(method, path, (context, _) => handler(context));

    /// <summary>The same, for a handler that looks at the body.</summary>
    public FakeControlServer OnBody(string method, string path, Func<HttpContext, string, Task> handler)
    {
        _handlers[$"{method} {path}"] = handler;
        return this;
    }

    public FakeControlServer Gets<T>(string path, T value, JsonTypeInfo<T> type) => On("GET", path, context => JsonAsync(context, value, type));

    public FakeControlServer Refuses(string method, string path, int status, string code, string message) => On(method, path, context =>
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new ErrorWire(new ErrorDetailWire(message, "api_error", null, code)), ContractsJson.Default.ErrorWire);
    });

    public FakeControlServer Streams(string path, params ProgressWire[] lines) => On("POST", path, async context =>
    {
        context.Response.ContentType = ControlRoutes.ProgressMediaType;
        foreach (var line in lines)
        {
            await context.Response.WriteAsync(JsonSerializer.Serialize(line, ContractsJson.Default.ProgressWire) + "\n");
        }
    });

    public static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type);
    }

    /// <summary>One event in the form of the feed.</summary>
    public static Task EventAsync(HttpContext context, EventWire item) =>
        context.Response.WriteAsync($"id: {item.Id}\nevent: {item.Type}\ndata: {JsonSerializer.Serialize(item, ContractsJson.Default.EventWire)}\n\n");

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body, Encoding.UTF8);
        var text = await body.ReadToEndAsync();
        _seen.Enqueue(new SeenRequest(
            context.Request.Method,
            context.Request.Path + context.Request.QueryString.ToString(),
            context.Request.Headers.Authorization.ToString(),
            context.Request.Headers["Last-Event-ID"].ToString(),
            text));
        if (_handlers.TryGetValue($"{context.Request.Method} {context.Request.Path}", out var handler))
        {
            await handler(context, text);
        }
        else
        {
            context.Response.StatusCode = 404;
        }
    }
}
