using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Homelab.Domain.Residency;
using Homelab.Telemetry;
using Polly.Timeout;

namespace Homelab.Engines.Ollama;

/// <summary>Turns what Ollama answers, or fails to answer, into an <see cref="EngineException"/> that says what happened and what it means for a load.</summary>
internal static partial class OllamaErrors
{
    /// <summary>Longest message that is passed on, in characters.</summary>
    public const int MaximumMessage = 500;

    /// <summary>For an answer with an error status.</summary>
    public static EngineException FromResponse(string call, HttpStatusCode status, MediaTypeHeaderValue? type, ReadOnlySpan<byte> body)
    {
        var message = Message(body);
        if (message is null)
        {
            var hint = status == HttpStatusCode.Forbidden ? " (Ollama refuses this Host or Origin)" : "";
            return new EngineException(
                status == HttpStatusCode.NotFound ? LoadFailure.NotInstalled : LoadFailure.Engine,
                Clean($"{call}: HTTP {(int)status} without an error message, content type {type?.MediaType ?? "none"}{hint}"));
        }

        return new EngineException(KindOf(status, message), Clean(message));
    }

    /// <summary>For an error that came inside a successful answer.</summary>
    public static EngineException FromLine(JsonElement error)
    {
        var message = Text(error) ?? "an error without a message";
        return new EngineException(KindOf(HttpStatusCode.InternalServerError, message), Clean(message));
    }

    /// <summary>For an answer that is no answer of Ollama's.</summary>
    public static EngineException Garbage(string call, string what, Exception? inner = null) =>
        inner is null
            ? new EngineException(LoadFailure.Engine, Clean($"{call}: {what}; is this an Ollama?"))
            : new EngineException(LoadFailure.Engine, Clean($"{call}: {what}; is this an Ollama?"), inner);

    /// <summary>Whether <see cref="FromTransport"/> knows this exception.</summary>
    public static bool IsTransport(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException or TimeoutRejectedException or JsonException or InvalidDataException or OperationCanceledException;

    /// <summary>For a connection that failed, broke or took too long.</summary>
    public static EngineException FromTransport(string call, Uri address, Exception exception) => exception switch
    {
        JsonException or InvalidDataException => Garbage(call, "the answer is not the JSON it should be", exception),
        TimeoutRejectedException => new EngineException(LoadFailure.EngineDown, Clean($"{call}: Ollama at {address} did not answer in time"), exception),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => Garbage(call, "the answer is far too large", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => Garbage(call, "the answer is not HTTP", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => new EngineException(LoadFailure.EngineDown, Clean($"{call}: the host of {address} has no address"), exception),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => new EngineException(LoadFailure.EngineDown, Clean($"{call}: nothing answers at {address}"), exception),
        _ => new EngineException(LoadFailure.EngineDown, Clean($"{call}: the connection to Ollama at {address} was lost"), exception),
    };

    /// <summary>Bounded, on one line, free of control characters.</summary>
    public static string Clean(string text) => Printable.OneLine(text, MaximumMessage);

    private static LoadFailure KindOf(HttpStatusCode status, string message) =>
        OutOfMemory().IsMatch(message) ? LoadFailure.OutOfMemory
        : status == HttpStatusCode.NotFound ? LoadFailure.NotInstalled
        : LoadFailure.Engine;

    private static string? Message(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, OllamaJson.Default.Failure)?.Error is { } error ? Text(error) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement error) => error.ValueKind switch
    {
        JsonValueKind.String => error.GetString(),
        JsonValueKind.Object when error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String => message.GetString(),
        _ => null,
    };

    // Ollama passes on what its runner said last; there is no code to go by.
    [GeneratedRegex("out of memory|cudaMalloc failed|hipMalloc failed|failed to allocate|not enough memory|insufficient memory|requires more system memory", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OutOfMemory();
}
