using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;
using Homelab.Gateway.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Homelab.Control;

/// <summary>Writes the answers of the control API.</summary>
internal static class ControlReply
{
    private const double LeastBytesPerSecond = 240;

    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(10);

    /// <summary>Answers with a value as JSON.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }

    /// <summary>Answers with an error in the shape of OpenAI's.</summary>
    public static Task FailAsync(HttpContext context, int status, string code, string message, string? param = null) =>
        WriteAsync(context, new ErrorWire(Error(status, code, message, param)), ContractsJson.Default.ErrorWire, status);

    public static ErrorDetailWire Error(int status, string code, string message, string? param = null) => new(
        message,
        ErrorType.Of(status),
        param,
        code);

    /// <summary>The listeners set no least rate for bodies, because the gateway has a guard of its own; here a body that trickles would hold its connection for ever,
    /// and not every call needs a key.</summary>
    public static void BoundBodyTime(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = new MinDataRate(LeastBytesPerSecond, BodyGrace);
        }
    }

    /// <summary>Reads a small JSON body; null, and the request answered with 400 or 413, where it is none.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        const int longest = 64 * 1024;
        BoundBodyTime(context);
        using var body = await BoundedBody.ReadAsync(context, longest).ConfigureAwait(false);
        if (body is null)
        {
            await FailAsync(context, 413, "body_too_large", "a command is at most 64 KiB").ConfigureAwait(false);
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize(body.Bytes, type) is { } value)
            {
                return value;
            }
        }
        catch (JsonException)
        {
            // Answered below, in our words: the library's name our types.
        }

        await FailAsync(context, 400, "invalid_json", $"the body is not the JSON that this call takes; {ControlRoutes.OpenApi} says what it is").ConfigureAwait(false);
        return null;
    }
}
