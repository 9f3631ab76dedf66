using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Telemetry;
using Polly.Timeout;

namespace Homelab.Clients;

/// <summary>Turns everything that can go wrong with a call into one <see cref="ControlException"/> that says what happened and what to do.</summary>
internal static class ControlFailure
{
    private const int LongestBody = 64 * 1024;
    private const int LongestMessage = 2000;

    /// <summary>Whether <see cref="Of(Uri, Exception)"/> has words for it.</summary>
    public static bool Knows(Exception problem, CancellationToken caller) => problem switch
    {
        OperationCanceledException => !caller.IsCancellationRequested,
        HttpRequestException or TimeoutRejectedException or IOException or JsonException or InvalidDataException => true,
        _ => false,
    };

    /// <summary>What an exception of the transport or of the parser means.</summary>
    public static ControlException Of(Uri address, Exception problem) => problem switch
    {
        JsonException or InvalidDataException => new ControlException(
            $"{Name(address)} answered something that is not homelab's control API; is --url right?", ControlException.Failed, inner: problem),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new ControlException(
            $"{Name(address)} sent an answer that is too long", ControlException.Failed, inner: problem),
        OperationCanceledException or TimeoutRejectedException => NoAnswer(address, "no answer in time", problem),
        HttpRequestException http => NoAnswer(address, Reason(http), problem),
        _ => new ControlException($"the connection to {Name(address)} was lost", ControlException.NobodyAnswers, inner: problem),
    };

    /// <summary>What a status that is no success means; reads a bounded part of the body. The caller disposes the response.</summary>
    /// <param name="address">Who answered.</param>
    /// <param name="response">The answer.</param>
    /// <param name="cancellation">Of the caller.</param>
    /// <param name="asksForKey">Whether the user is told how to give another key; not where a machine called with its own credential.</param>
    public static async Task<ControlException> OfAsync(Uri address, HttpResponseMessage response, CancellationToken cancellation, bool asksForKey = true)
    {
        var (message, code) = Parse(await ReadBodyAsync(response, cancellation).ConfigureAwait(false));
        var exit = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? ControlException.NotAllowed : ControlException.Failed;
        message ??= response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => $"{Name(address)} wants a key",
            HttpStatusCode.Forbidden => $"{Name(address)} does not allow this",
            HttpStatusCode.NotFound => $"{Name(address)} does not know this call; is --url right, and is it the same version?",
            var status => $"{Name(address)} answered {(int)status}",
        };
        if (asksForKey && response.StatusCode == HttpStatusCode.Unauthorized)
        {
            message += " (give one with --key, --key-file or HOMELAB_KEY)";
        }

        return new ControlException(message, exit, code, response.StatusCode);
    }

    private static ControlException NoAnswer(Uri address, string reason, Exception inner) =>
        new($"nobody answers at {Name(address)}: {reason}", ControlException.NobodyAnswers, inner: inner);

    /// <summary>Scheme, host and port: never a user name or password that someone wrote into the address.</summary>
    private static string Name(Uri address) => address.GetLeftPart(UriPartial.Scheme) + address.Authority;

    private static string Reason(HttpRequestException problem) => problem.InnerException switch
    {
        // Said here, because the build leaves the framework's own texts out.
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "no such host",
        SocketException { SocketErrorCode: SocketError.TimedOut } or TimeoutException or OperationCanceledException => "no connection in time",
        SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable } => "no route to it",
        SocketException socket => $"connection failed ({socket.SocketErrorCode})",
        _ => problem.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "no such host",
            HttpRequestError.SecureConnectionError => "no secure connection (TLS)",
            HttpRequestError.ResponseEnded => "it closed the connection",
            HttpRequestError.InvalidResponse => "it does not speak HTTP",
            var other => $"connection failed ({other})",
        },
    };

    private static (string? Message, string? Code) Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, ContractsJson.Default.ErrorWire)?.Error is { Message: { Length: > 0 } message } error
                ? (Printable.OneLine(message, LongestMessage), error.Code is { } code ? Printable.OneLine(code, 100) : null)
                : (null, null);
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[LongestBody];
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return buffer.AsMemory(0, count);
        }
        catch (Exception problem) when (problem is IOException or HttpRequestException)
        {
            return default;
        }
    }
}
