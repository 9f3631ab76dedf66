using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Gateway.Apps;

/// <summary>A web application in this process that tells what it was asked, as an app behind the gateway.</summary>
internal sealed class EchoApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoApp(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public ConcurrentQueue<(string Line, IReadOnlyDictionary<string, string> Headers)> Seen { get; } = new();

    /// <summary>Released by tests to let <c>/stream</c> go on.</summary>
    public SemaphoreSlim Go { get; } = new(0);

    public TaskCompletionSource SocketEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<EchoApp> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var echo = new EchoApp(app);
        app.UseWebSockets();
        app.Run(echo.ServeAsync);
        await app.StartAsync();
        return echo;
    }

    public async ValueTask DisposeAsync()
    {
        Go.Release(100);
        await _app.DisposeAsync();
        Go.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var request = context.Request;
        Seen.Enqueue(($"{request.Method} {request.Path.ToUriComponent()}{request.QueryString}", request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        switch (request.Path.Value)
        {
            case "/ws":
                await SocketAsync(context);
                break;
            case "/stream":
                await context.Response.WriteAsync("one\n");
                await context.Response.Body.FlushAsync();
                await Go.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync("two\n");
                break;
            case "/upload":
                context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
                var buffer = new byte[64 << 10];
                var count = 0L;
                while (await request.Body.ReadAsync(buffer) is > 0 and var read)
                {
                    count += read;
                }

                await context.Response.WriteAsync(count.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                context.Response.StatusCode = 207;
                context.Response.Headers["x-app"] = "mine";
                context.Response.Headers["x-homelab-route"] = "node=forged";
                context.Response.Headers.SetCookie = "session=1";
                using (var reader = new StreamReader(request.Body))
                {
                    await context.Response.WriteAsync("said: " + await reader.ReadToEndAsync());
                }

                break;
        }
    }

    private async Task SocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } got)
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes("echo " + Encoding.UTF8.GetString(buffer, 0, got.Count)), WebSocketMessageType.Text, true, context.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // Cut, which is what some tests are about.
        }

        SocketEnded.TrySetResult();
    }
}
