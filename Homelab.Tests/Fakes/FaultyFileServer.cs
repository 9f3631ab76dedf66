using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Fakes;

/// <summary>A file server on a loopback port, with ranges and entity tags, whose next answers can go wrong.</summary>
internal sealed class FaultyFileServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _files = new();
    private int _active;

    private FaultyFileServer(WebApplication app) => _app = app;

    /// <summary>Of the next answers, in order; null: none.</summary>
    public ConcurrentQueue<FileFault?> Faults { get; } = new();

    /// <summary>Of all answers for which <see cref="Faults"/> has none.</summary>
    public FileFault? Always { get; set; }

    /// <summary>The entity tag of all files, as it is written; null: none.</summary>
    public string? Tag { get; set; } = "\"one\"";

    public bool Ranges { get; set; } = true;

    public bool Chunked { get; set; }

    /// <summary>Answers wait for it.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>Path, Range, If-Range and all headers of each request.</summary>
    public ConcurrentQueue<(string Path, string Range, string IfRange, string Headers)> Requests { get; } = new();

    /// <summary>Most requests that were served at a time.</summary>
    public int MostAtOnce { get; private set; }

    public int Port { get; private set; }

    public IReadOnlyList<string> RangesAsked => [.. Requests.Select(request => request.Range)];

    public static async Task<FaultyFileServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new FaultyFileServer(builder.Build());
        server._app.Run(server.ServeAsync);
        await server._app.StartAsync();
        server.Port = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        return server;
    }

    public Uri At(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/{path}"));

    /// <summary>Puts a file there and returns its sum.</summary>
    public string Put(string path, byte[] content)
    {
        _files["/" + path] = content;
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        lock (_files)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_active);
        }

        try
        {
            var headers = context.Request.Headers;
            Requests.Enqueue((context.Request.Path.Value!, headers.Range.ToString(), headers.IfRange.ToString(), string.Join('\n', headers)));
            await Hold.WaitAsync(context.RequestAborted);
            await AnswerAsync(context, Faults.TryDequeue(out var fault) ? fault ?? new FileFault() : Always ?? new FileFault());
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            lock (_files)
            {
                _active--;
            }
        }
    }

    private async Task AnswerAsync(HttpContext context, FileFault fault)
    {
        var response = context.Response;
        response.Headers.RetryAfter = fault.RetryAfter;
        response.Headers.Location = fault.Redirect;
        if (fault.Redirect is not null || fault.Status is not null || !_files.TryGetValue(context.Request.Path.Value!, out var content))
        {
            response.StatusCode = fault.Redirect is not null ? 302 : fault.Status ?? 404;
            return;
        }

        response.Headers.ETag = Tag;
        response.Headers.ContentEncoding = fault.ContentEncoding;
        if (StartOf(context, content) is not { } from)
        {
            response.StatusCode = (int)HttpStatusCode.RequestedRangeNotSatisfiable;
            response.Headers.ContentRange = $"bytes */{content.Length}";
            return;
        }

        if (from > 0)
        {
            response.StatusCode = (int)HttpStatusCode.PartialContent;
            response.Headers.ContentRange = $"bytes {from + fault.RangeShift}-{content.Length - 1}/{content.Length}";
        }

        response.ContentLength = Chunked || fault.Surplus > 0 ? null : content.Length - from + fault.LengthShift;
        var rest = Math.Min(content.Length - from, fault.CutAfter ?? fault.StallAfter ?? int.MaxValue);
        await response.Body.WriteAsync(content.AsMemory(from, Math.Min(rest, content.Length - from + Math.Min(0, fault.LengthShift))));
        await response.Body.WriteAsync(new byte[fault.Surplus]);
        await response.Body.FlushAsync();
        if (fault.StallAfter is not null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        // Kestrel closes a connection on which less was sent than announced; of an answer in chunks only an abortion tells, which may drop what is not read yet.
        if (fault.CutAfter is not null && Chunked)
        {
            context.Abort();
        }
    }

    private int? StartOf(HttpContext context, byte[] content)
    {
        var (range, condition) = (context.Request.Headers.Range.ToString(), context.Request.Headers.IfRange.ToString());
        if (!Ranges || range.Length == 0 || (condition.Length > 0 && condition != Tag))
        {
            return 0;
        }

        var from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return from < content.Length ? from : null;
    }
}
