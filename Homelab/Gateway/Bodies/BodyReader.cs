using System.IO.Compression;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;

namespace Homelab.Gateway.Bodies;

/// <summary>Reads a request's body whole, within bounds of size and time, unpacking gzip.</summary>
internal static class BodyReader
{
    /// <returns>The body, which the caller disposes, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async ValueTask<(RequestBody? Body, GatewayError? Error)> ReadAsync(HttpContext context, long maximum, RequestWatch watch)
    {
        var request = context.Request;
        if (request.ContentLength > maximum)
        {
            return (null, GatewayErrors.BodyTooLarge(maximum));
        }

        var gzip = false;
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding)
        {
            gzip = encoding.Count == 1 && encoding[0] is { } name && name.Trim().ToLowerInvariant() is "gzip" or "x-gzip";
            if (!gzip && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
            {
                return (null, GatewayErrors.UnsupportedType("the body's content-encoding is not supported; send it plain or as gzip"));
            }
        }

        LiftServerLimit(context, maximum);
        var body = new RequestBody(gzip ? null : request.ContentLength);
        GatewayError? error;
        try
        {
            if (gzip)
            {
                await using var unpacked = new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
                error = await FillAsync(body, unpacked, null, maximum, watch);
            }
            else
            {
                error = await FillAsync(body, request.Body, request.ContentLength, maximum, watch);
            }
        }
        catch (BadHttpRequestException e)
        {
            error = e.StatusCode switch { 413 => GatewayErrors.BodyTooLarge(maximum), 408 => GatewayErrors.BodyTooSlow, _ => GatewayErrors.BodyCut };
        }
        catch (InvalidDataException)
        {
            error = GatewayErrors.Invalid("the body says it is gzip and is not");
        }
        catch (OperationCanceledException) when (watch.Stalled == WatchPhase.ReadingBody)
        {
            error = GatewayErrors.BodyTooSlow;
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            error = GatewayErrors.BodyCut;
        }
        catch
        {
            body.Dispose();
            throw;
        }

        if (error is null)
        {
            return (body, null);
        }

        body.Dispose();
        return (null, error);
    }

    private static async ValueTask<GatewayError?> FillAsync(RequestBody body, Stream source, long? expected, long maximum, RequestWatch watch)
    {
        if (expected == 0)
        {
            return null;
        }

        watch.BeginBody();
        while (true)
        {
            var read = await source.ReadAsync(body.GetMemory(), watch.Token);
            if (read == 0)
            {
                break;
            }

            body.Advance(read);
            watch.CountBody(read);
            if (body.Length > maximum)
            {
                return GatewayErrors.BodyTooLarge(maximum);
            }

            if (body.Length == expected)
            {
                break;
            }
        }

        watch.Rest();
        return null;
    }

    /// <summary>Kestrel's own bound is 30 MB; ours is the configured one.</summary>
    private static void LiftServerLimit(HttpContext context, long maximum)
    {
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit && limit.MaxRequestBodySize is { } current && current < maximum)
        {
            limit.MaxRequestBodySize = maximum;
        }
    }
}
