using System.Buffers;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Forwarding;

/// <summary>Passes an upstream's answer to the client, and says so where it breaks off.</summary>
internal sealed class AnswerRelay(GatewayOptions options)
{
    /// <summary>As much of an engine's error as is looked at.</summary>
    private const int LongestError = 64 * 1024;

    /// <exception cref="OperationCanceledException">The client left before the answer's end.</exception>
    public async Task RelayAsync(Exchange exchange, Upstream upstream, UpstreamAnswer answer, string? routeHeader, bool hideUsage)
    {
        exchange.FirstByte = exchange.Elapsed;
        routeHeader = RouteOf(exchange, upstream, answer, routeHeader);
        if (answer.Status >= 400)
        {
            await RelayErrorAsync(exchange, upstream, answer, routeHeader);
            return;
        }

        var format = FormatOf(exchange, answer);
        if (exchange.Begun && format is StreamFormat.Document or StreamFormat.Lines && exchange.Begun)
        {
            await exchange.FailAsync(GatewayErrors.UpstreamFailed(upstream, "answered with a document where a stream was asked for"), ForwardOutcome.UpstreamCut);
            return;
        }

        if (!exchange.Begun)
        {
            WriteHead(exchange, answer, routeHeader, format == StreamFormat.Document && exchange.Rename is null ? answer.ContentLength : null);
        }

        var inspector = new StreamInspector(format, hideUsage);
        try
        {
            var end = await StreamCopier.CopyAsync(answer, exchange.Context.Response.BodyWriter, inspector, exchange.Watch, exchange.Rename);
            exchange.Tokens = inspector.Tokens;
            await FinishAsync(exchange, upstream, inspector, end);
        }
        catch (OperationCanceledException)
        {
            exchange.Tokens = inspector.Tokens;
            await StopAsync(exchange, upstream, inspector);
        }
    }

    private static async Task FinishAsync(Exchange exchange, Upstream upstream, StreamInspector inspector, CopyEnd end)
    {
        if (end == CopyEnd.TargetGone)
        {
            exchange.Outcome = inspector.EndSeen ? ForwardOutcome.Completed : ForwardOutcome.ClientGone;
        }
        else if (end == CopyEnd.SourceEnded && (inspector.EndSeen || !inspector.NeedsEnd))
        {
            exchange.Outcome = inspector.ErrorSeen ? ForwardOutcome.UpstreamCut : ForwardOutcome.Completed;
            await CompleteAsync(exchange);
        }
        else if (inspector.EndSeen)
        {
            // It broke off behind its end mark: the client has all of it.
            exchange.Outcome = ForwardOutcome.Completed;
        }
        else
        {
            await CutAsync(exchange, inspector, GatewayErrors.UpstreamFailed(upstream, "broke off its answer"), ForwardOutcome.UpstreamCut);
        }
    }

    /// <summary>Sends what is left with the end of the answer, so that the lease lasts until the last byte was written.</summary>
    private static async ValueTask CompleteAsync(Exchange exchange)
    {
        var completing = exchange.Context.Response.CompleteAsync();
        if (completing.IsCompletedSuccessfully)
        {
            return;
        }

        // It takes no token: a reader that stopped is cut off by closing its connection.
        exchange.Watch.AwaitClient();
        await using var stalled = exchange.Watch.Token.UnsafeRegister(static context => ((HttpContext)context!).Abort(), exchange.Context);
        await completing;
        exchange.Watch.Rest();
        exchange.Outcome = exchange.Watch.Stalled == WatchPhase.Client ? ForwardOutcome.ClientStalled : exchange.Outcome;
    }

    /// <summary>The watch ended the copy: by the client's leaving, or by one of the time-outs.</summary>
    private async Task StopAsync(Exchange exchange, Upstream upstream, StreamInspector inspector)
    {
        switch (exchange.Watch.Stalled)
        {
            case WatchPhase.Stream when !exchange.Context.RequestAborted.IsCancellationRequested:
                await CutAsync(exchange, inspector, GatewayErrors.UpstreamFailed(upstream, $"sent nothing for {options.IdleStreamTimeout.TotalSeconds:F0} s"), ForwardOutcome.UpstreamStalled);
                break;
            case WatchPhase.Shutdown:
                await CutAsync(exchange, inspector, GatewayErrors.Stopping(options.NodeName), ForwardOutcome.Refused);
                break;
            case WatchPhase.Client:
                exchange.Outcome = ForwardOutcome.ClientStalled;
                exchange.Context.Abort();
                break;
            default:
                // Codex closes right behind the end mark: that is no loss.
                exchange.Outcome = inspector.EndSeen ? ForwardOutcome.Completed : ForwardOutcome.ClientGone;
                break;
        }
    }

    /// <summary>A stream gets its error event; a document that was cut cannot be mended, so the connection breaks as the engine's did.</summary>
    private static Task CutAsync(Exchange exchange, StreamInspector inspector, GatewayError error, ForwardOutcome outcome)
    {
        if (inspector.NeedsEnd && exchange.Context.Response.HasStarted)
        {
            exchange.Begun = true;
        }
        else if (!exchange.Context.Response.HasStarted)
        {
            exchange.Context.Response.Headers.Remove("Content-Encoding");
        }

        return exchange.FailAsync(error, outcome);
    }

    private static async Task RelayErrorAsync(Exchange exchange, Upstream upstream, UpstreamAnswer answer, string? routeHeader)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LongestError);
        try
        {
            var length = await ReadErrorAsync(answer, buffer, exchange);
            exchange.Outcome = ForwardOutcome.Completed;
            var path = exchange.Context.Request.Path.Value ?? "";
            if (!EngineErrors.CanPass(exchange.Dialect, answer.Status, buffer.AsSpan(0, length), upstream.Node, path, out var error) || exchange.Begun || exchange.Rename is not null)
            {
                error = exchange.Rename is { } rename ? error with { Message = rename.In(error.Message) } : error;
                if (routeHeader is not null && !exchange.Begun)
                {
                    exchange.Context.Response.Headers[RouteHeader.Name] = routeHeader;
                }

                await exchange.FailAsync(error, ForwardOutcome.Completed);
                return;
            }

            WriteHead(exchange, answer, routeHeader, length);
            exchange.Context.Response.ContentType = "application/json";
            await exchange.SayAsync(buffer.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> ReadErrorAsync(UpstreamAnswer answer, byte[] buffer, Exchange exchange)
    {
        var length = 0;
        exchange.Watch.AwaitStream();
        try
        {
            while (length < LongestError && await answer.ReadAsync(buffer.AsMemory(length, LongestError - length), exchange.Watch.Token) is > 0 and var read)
            {
                length += read;
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && exchange.Watch.Stalled == WatchPhase.Stream))
        {
            // What was read of it must do.
        }

        return length;
    }

    /// <summary>Another machine knows better which node and engine serve the request, and what it waited for; only the tier is ours.</summary>
    private static string? RouteOf(Exchange exchange, Upstream upstream, UpstreamAnswer answer, string? ours)
    {
        if (upstream.IsEngine || ours is null || exchange.Tier is not { } tier || MachineHeaders.Find(answer.Headers, RouteHeader.Name) is not { } theirs)
        {
            return ours;
        }

        exchange.Node = RouteHeader.NodeOf(theirs) ?? exchange.Node;
        return RouteHeader.WithTier(theirs, tier);
    }

    private static void WriteHead(Exchange exchange, UpstreamAnswer answer, string? routeHeader, long? length)
    {
        var response = exchange.Context.Response;
        response.StatusCode = answer.Status;
        HeaderRules.CopyDown(answer.Headers, response.Headers);
        response.ContentLength = length;
        if (routeHeader is not null)
        {
            response.Headers[RouteHeader.Name] = routeHeader;
        }
    }

    private static StreamFormat FormatOf(Exchange exchange, UpstreamAnswer answer)
    {
        var type = answer.ContentType.AsSpan();
        if (type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            return exchange.Dialect switch
            {
                Dialect.Anthropic => StreamFormat.AnthropicEvents,
                Dialect.OpenAiResponses => StreamFormat.ResponsesEvents,
                _ => StreamFormat.OpenAiEvents,
            };
        }

        return !type.StartsWith("application/x-ndjson", StringComparison.OrdinalIgnoreCase) ? StreamFormat.Document
            : exchange.Route.Kind == Routes.RouteKind.Pull ? StreamFormat.Lines
            : StreamFormat.OllamaLines;
    }
}
