using System.Globalization;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Forwarding;

/// <summary>Refusals of other homelab machines: read whole, so that the client gets them in their own words where nobody else can serve it.</summary>
internal static class MachineRefusals
{
    /// <summary>As much of a refusal as is read.</summary>
    private const int LongestBody = 64 * 1024;

    /// <summary>Whether an answer is a refusal before anything reached an engine.</summary>
    public static bool IsOne(Upstream upstream, UpstreamAnswer answer, out string code)
    {
        code = (!upstream.IsEngine && answer.Status >= 400 ? MachineHeaders.Find(answer.Headers, MachineHeaders.Refused) : null) ?? "";
        return code.Length > 0;
    }

    /// <summary>Reads one to its end.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async Task<GatewayError> ReadAsync(Exchange exchange, Upstream upstream, UpstreamAnswer answer, string code)
    {
        var body = await ReadBodyAsync(exchange, answer);
        if (answer.Status == 401)
        {
            // It is about our key, not the client's: a node that restarted has a new one, and tells it with its next heartbeat.
            return GatewayErrors.UpstreamFailed(upstream, "does not accept this machine's credential") with { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        var (message, type) = EngineErrors.ReadMessage(body);
        var wait = int.TryParse(MachineHeaders.Find(answer.Headers, "Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        return new GatewayError(
            answer.Status,
            GatewayErrors.Printable(code),
            type ?? ErrorType.Of(answer.Status),
            message ?? $"{upstream.Subject} refused with {answer.Status}",
            code is "model_not_found" or "model_too_large" ? "model" : null)
        {
            RetryAfter = wait,
            NeverRetry = string.Equals(MachineHeaders.Find(answer.Headers, "x-should-retry"), "false", StringComparison.OrdinalIgnoreCase),
        };
    }

    /// <summary>The one of two refusals that tells the client more; the earlier where they tell as much.</summary>
    public static GatewayError Better(GatewayError? earlier, GatewayError later) =>
        earlier is null || Weight(later) > Weight(earlier) ? later : earlier;

    /// <summary>That a request may not go on, or that a machine is not there, says nothing about the model; that it is not found, little: another machine was asked first.</summary>
    private static int Weight(GatewayError error) => error.Code switch
    {
        "loop_detected" => 0,
        "engine_error" or "no_live_nodes" or "hub_unreachable" or "draining" or "model_not_found" => 1,
        _ => 2,
    };

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(Exchange exchange, UpstreamAnswer answer)
    {
        var buffer = new byte[answer.ContentLength is { } length ? (int)Math.Min(length, LongestBody) : 4096];
        var filled = 0;
        exchange.Watch.AwaitStream();
        try
        {
            while (await answer.ReadAsync(buffer.AsMemory(filled), exchange.Watch.Token) is > 0 and var read)
            {
                filled += read;
                if (filled == buffer.Length)
                {
                    if (buffer.Length >= LongestBody)
                    {
                        break;
                    }

                    Array.Resize(ref buffer, Math.Max(buffer.Length * 2, 1024));
                }
            }
        }
        catch (IOException)
        {
            // What was read of it must do.
        }

        exchange.Watch.Rest();
        return buffer.AsMemory(0, filled);
    }
}
