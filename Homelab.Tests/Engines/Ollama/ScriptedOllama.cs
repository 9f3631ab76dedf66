using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>An HTTP server on loopback that answers each path from a script, the last answer repeated, and keeps what it was asked.</summary>
internal sealed class ScriptedOllama : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<RequestDelegate>> _script = new();
    private readonly WebApplication _app;

    private ScriptedOllama()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(options => options.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>What was asked, in order: method, path, Host, Origin, body.</summary>
    public ConcurrentQueue<(string Call, string Host, string Origin, string Body)> Asked { get; } = new();

    public static async Task<ScriptedOllama> StartAsync()
    {
        var server = new ScriptedOllama();
        await server._app.StartAsync();
        return server;
    }

    public IEnumerable<string> Calls => Asked.Select(a => a.Call);

    public ScriptedOllama On(string call, RequestDelegate answer)
    {
        _script.GetOrAdd(call, _ => new()).Enqueue(answer);
        return this;
    }

    public ScriptedOllama On(string call, string json, int status = 200) => On(call, status, "application/json; charset=utf-8", Encoding.UTF8.GetBytes(json));

    public ScriptedOllama On(string call, int status, string? type, byte[] body) => On(call, async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(body);
    });

    public ScriptedOllama Replay(string version, params string[] numbers)
    {
        foreach (var number in numbers)
        {
            var exchange = RecordedExchange.Load(version, number);
            On($"{exchange.Method} {exchange.Path}", exchange.Status, exchange.ContentType, exchange.Body);
        }

        return this;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = $"{context.Request.Method} {context.Request.Path}";
        Asked.Enqueue((call, context.Request.Headers.Host.ToString(), context.Request.Headers.Origin.ToString(), await reader.ReadToEndAsync()));
        if (!_script.TryGetValue(call, out var answers) || !answers.TryPeek(out var answer))
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("404 page not found");
            return;
        }

        if (answers.Count > 1)
        {
            answers.TryDequeue(out answer);
        }

        await answer!(context);
    }
}
