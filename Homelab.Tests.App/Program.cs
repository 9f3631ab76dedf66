using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Tests.App;
using Microsoft.AspNetCore.Http.Features;

// A program as users would integrate one, which misbehaves as it is told:
//   --port N                listens at 127.0.0.1:N; without it, it only sleeps
//   --exit-at-once CODE     prints two lines and ends
//   --health-after SECONDS  /healthz answers 503 until then
//   --ignore-term           goes on at SIGTERM
//   --fork N, --flee N      starts N copies that sleep, in its group or in sessions of their own
//   --print-bytes N         prints so much before it listens
//   --pids FILE             adds a line with its process id, and those of its copies, to a file
//   --needs FILE            ends with code 4 unless the file is there
string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
int Number(string name) => int.Parse(Value(name) ?? "0", CultureInfo.InvariantCulture);

if (Array.IndexOf(args, "--leave-session") >= 0)
{
    _ = Native.LeaveSession();
}

if (Value("--pids") is { } pids)
{
    for (var written = false; !written;)
    {
        try
        {
            File.AppendAllText(pids, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            written = true;
        }
        catch (IOException)
        {
            // Another of us is at it.
            Thread.Sleep(1);
        }
    }
}

if (Value("--exit-at-once") is { } code)
{
    Console.WriteLine("loading");
    Console.Error.WriteLine("cannot open the model: no such thing");
    return int.Parse(code, CultureInfo.InvariantCulture);
}

if (Value("--needs") is { } needed && !File.Exists(needed))
{
    Console.Error.WriteLine($"{needed} is missing");
    return 4;
}

using var term = Array.IndexOf(args, "--ignore-term") >= 0 ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context => context.Cancel = true) : null;
foreach (var flees in (bool[])[false, true])
{
    for (var i = 0; i < Number(flees ? "--flee" : "--fork"); i++)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        if (Value("--pids") is { } file)
        {
            start.ArgumentList.Add("--pids");
            start.ArgumentList.Add(file);
        }

        start.ArgumentList.Add("--ignore-term");
        if (flees)
        {
            start.ArgumentList.Add("--leave-session");
        }

        Process.Start(start);
    }
}

if (Value("--print-bytes") is { } bytes)
{
    using var output = Console.OpenStandardOutput();
    var line = Encoding.ASCII.GetBytes(new string('x', 99) + "\n");
    for (var left = long.Parse(bytes, CultureInfo.InvariantCulture); left > 0; left -= line.Length)
    {
        output.Write(line);
    }
}

if (Value("--port") is not { } port)
{
    Thread.Sleep(Timeout.Infinite);
    return 0;
}

var began = Stopwatch.StartNew();
var healthyAfter = TimeSpan.FromSeconds(double.Parse(Value("--health-after") ?? "0", CultureInfo.InvariantCulture));
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.Services.AddRoutingCore();
builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
{
    server.Limits.MaxRequestBodySize = null;
    server.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
});
var app = builder.Build();
app.UseWebSockets();
app.UseRouting();
app.MapGet("/healthz", context =>
{
    context.Response.StatusCode = began.Elapsed >= healthyAfter ? 200 : 503;
    return context.Response.WriteAsync("ok");
});
app.MapGet("/pid", context => context.Response.WriteAsync(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
app.MapGet("/env/{name}", context => context.Response.WriteAsync(Environment.GetEnvironmentVariable((string)context.Request.RouteValues["name"]!) ?? "(none)"));
app.MapGet("/args", context => context.Response.WriteAsync(string.Join('\n', args)));
app.MapGet("/crash", context =>
{
    Console.Error.WriteLine("something terrible has happened");
    Environment.Exit(3);
    return Task.CompletedTask;
});
app.MapPost("/upload", async context =>
{
    context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
    var buffer = new byte[64 << 10];
    var count = 0L;
    while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
    {
        count += read;
    }

    await context.Response.WriteAsync(count.ToString(CultureInfo.InvariantCulture));
});
app.MapGet("/stream", async context =>
{
    for (var i = 0; i < 1000 && !context.RequestAborted.IsCancellationRequested; i++)
    {
        await context.Response.WriteAsync($"line {i}\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(20, context.RequestAborted);
    }
});
app.MapGet("/ws", async context =>
{
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    var buffer = new byte[4096];
    while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } got)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes("echo " + Encoding.UTF8.GetString(buffer, 0, got.Count)), WebSocketMessageType.Text, true, context.RequestAborted);
    }

    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
});
app.MapPost("/v1/chat/completions", async context =>
{
    var body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
    var model = body!["model"]!.GetValue<string>();
    if (body["stream"]?.GetValue<bool>() == true)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var word in (string[])["hello", " from", " the", " app"])
        {
            await context.Response.WriteAsync("data: " + new JsonObject
            {
                ["id"] = "c1",
                ["object"] = "chat.completion.chunk",
                ["created"] = 0,
                ["model"] = model,
                ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = new JsonObject { ["content"] = word } }),
            }.ToJsonString() + "\n\n");
            await context.Response.Body.FlushAsync();
        }

        await context.Response.WriteAsync("data: [DONE]\n\n");
        return;
    }

    context.Response.ContentType = "application/json";
    await context.Response.WriteAsync(new JsonObject
    {
        ["id"] = "c1",
        ["object"] = "chat.completion",
        ["created"] = 0,
        ["model"] = model,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = "stop", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = "hello from the app" } }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 3, ["completion_tokens"] = 4, ["total_tokens"] = 7 },
    }.ToJsonString());
});
app.MapPost("/v1/audio/transcriptions", async context =>
{
    using var reader = new StreamReader(context.Request.Body);
    var text = await reader.ReadToEndAsync();
    context.Response.ContentType = "application/json";
    await context.Response.WriteAsync(new JsonObject { ["text"] = text.Contains("name=\"file\"", StringComparison.Ordinal) || text.Contains("name=file", StringComparison.Ordinal) ? "spoken words" : "nothing" }.ToJsonString());
});
app.MapFallback(async context =>
{
    context.Response.ContentType = "application/json";
    await context.Response.WriteAsync(new JsonObject
    {
        ["method"] = context.Request.Method,
        ["path"] = context.Request.Path.Value,
        ["query"] = context.Request.QueryString.Value,
        ["headers"] = new JsonObject(context.Request.Headers.Select(h => KeyValuePair.Create(h.Key, (JsonNode?)JsonValue.Create(h.Value.ToString())))),
    }.ToJsonString());
});
Console.WriteLine($"sample app listens at {port}");
if (term is not null)
{
    // Running it as usual would end it at SIGTERM.
    await app.StartAsync();
    Thread.Sleep(Timeout.Infinite);
}

await app.RunAsync();
Console.WriteLine("sample app ends");
return 0;
