using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Homelab.Configuration;
using Homelab.Engines.Ollama;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>A release server on loopback: the latest version by redirect, sums, and an archive with ranges; its next transfers can be cut.</summary>
internal sealed class ReleaseServer : IAsyncDisposable
{
    private readonly ScriptedOllama _server;

    private ReleaseServer(ScriptedOllama server) => _server = server;

    public string Version { get; set; } = "0.32.15";

    public string Asset { get; set; } = OllamaRelease.AssetNames(OllamaRelease.CurrentSystem, System.Runtime.InteropServices.RuntimeInformation.OSArchitecture)[0];

    public byte[] Archive { get; set; } = [];

    /// <summary>Its entity tag; null: the server gives none and has no ranges.</summary>
    public string? Tag { get; set; } = "\"one\"";

    /// <summary>What it says the sum is; null: the truth.</summary>
    public string? Sum { get; set; }

    /// <summary>After how many bytes each of the next transfers is cut.</summary>
    public Queue<int> Cuts { get; } = new();

    /// <summary>The Range that each transfer of the archive asked for; empty: none.</summary>
    public List<string> Ranges { get; } = [];

    public Uri Releases => new(_server.Address, "releases/");

    public static async Task<ReleaseServer> StartAsync(byte[] archive)
    {
        var http = await ScriptedOllama.StartAsync();
        var server = new ReleaseServer(http) { Archive = archive };
        http.On("GET /releases/latest", context =>
        {
            context.Response.Redirect($"/releases/tag/v{server.Version}");
            return Task.CompletedTask;
        });
        http.On($"GET /releases/download/v{server.Version}/sha256sum.txt", async context =>
            await context.Response.WriteAsync($"{new string('0', 64)}  ./other.zip\n{server.Sum ?? Convert.ToHexStringLower(SHA256.HashData(server.Archive))}  ./{server.Asset}\n"));
        http.On($"GET /releases/download/v{server.Version}/{server.Asset}", context =>
        {
            // As GitHub does: the file itself is on another address.
            context.Response.Redirect("/storage/archive");
            return Task.CompletedTask;
        });
        http.On("GET /storage/archive", server.SendAsync);
        return server;
    }

    public OllamaInstaller Installer(string home, TimeProvider? time = null) => new(Releases, new OllamaFolder(new HomelabFolder(home)), time ?? new HastyTime());

    public ReleaseServer On(string call, RequestDelegate answer)
    {
        _server.On(call, answer);
        return this;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task SendAsync(HttpContext context)
    {
        var range = context.Request.Headers.Range.ToString();
        Ranges.Add(range);
        var from = 0;
        if (range.Length > 0 && Tag is not null && context.Request.Headers.IfRange == Tag)
        {
            from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
            if (from >= Archive.Length)
            {
                context.Response.StatusCode = (int)HttpStatusCode.RequestedRangeNotSatisfiable;
                context.Response.Headers.ContentRange = $"bytes */{Archive.Length}";
                return;
            }

            context.Response.StatusCode = (int)HttpStatusCode.PartialContent;
            context.Response.Headers.ContentRange = $"bytes {from}-{Archive.Length - 1}/{Archive.Length}";
        }

        context.Response.Headers.ETag = Tag;
        context.Response.ContentLength = Archive.Length - from;
        if (Cuts.TryDequeue(out var cut))
        {
            await context.Response.Body.WriteAsync(Archive.AsMemory(from, Math.Min(cut, Archive.Length - from)));
            await context.Response.Body.FlushAsync();

            // Kestrel closes a connection on which less was sent than announced; aborting it would drop what the client has not read yet.
            return;
        }

        await context.Response.Body.WriteAsync(Archive.AsMemory(from));
    }
}
