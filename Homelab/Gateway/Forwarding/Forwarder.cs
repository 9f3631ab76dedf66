using Homelab.Gateway.Bodies;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Forwarding;

/// <summary>Sends a request to its upstream, once, and relays the answer.</summary>
internal sealed class Forwarder(GatewayOptions options, AnswerRelay relay, WaitComments comments)
{
    /// <summary>Forwards under a lease, which stays the caller's.</summary>
    /// <returns>False where no connection could be made: nothing was sent, and another replica may be tried.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public Task<bool> TryForwardAsync(Exchange exchange, ILease lease, RouteProgress progress)
    {
        var upstream = lease.Upstream;
        var rules = upstream.IsEngine ? exchange.Route.Edits : EditRules.None;
        if (!exchange.Stream)
        {
            rules &= ~EditRules.AskForUsage;
        }

        // An alias leads to a model that clients may see; a derived model is our own affair.
        exchange.Rename = string.Equals(lease.UpstreamModel, lease.Model, StringComparison.OrdinalIgnoreCase) || !upstream.IsEngine ? null : new ModelRename(lease.UpstreamModel, exchange.Facts.Model);
        var body = new BodyContent(exchange.Body!, BodyEdits.Of(exchange.Body!.Bytes, exchange.Facts, lease.UpstreamModel, rules));
        var hidesUsage = rules.HasFlag(EditRules.AskForUsage) && !exchange.Facts.WantsUsage;
        return TrySendAsync(exchange, upstream, HttpMethods.Post, body, RouteHeader.Of(lease), hidesUsage, progress);
    }

    /// <summary>Forwards what needs no lease.</summary>
    /// <returns>False where no connection could be made.</returns>
    public Task<bool> TryForwardAsync(Exchange exchange, Upstream upstream, string method, string? upstreamModel)
    {
        var body = exchange.Body is { } read ? new BodyContent(read, BodyEdits.Of(read.Bytes, exchange.Facts, upstreamModel ?? exchange.Facts.Model, EditRules.None)) : null;
        return TrySendAsync(exchange, upstream, method, body, null, false, null);
    }

    private async Task<bool> TrySendAsync(Exchange exchange, Upstream upstream, string method, BodyContent? body, string? routeHeader, bool hidesUsage, RouteProgress? progress)
    {
        using var head = new RequestHead(method, exchange.Route.TargetOf(exchange.Context.Request), upstream.HostHeader);
        HeaderRules.CopyUp(exchange.Context.Request.Headers, head, upstream, exchange.RequestId, exchange.Hops);
        if (body is not null)
        {
            head.Add("Content-Type", exchange.ContentType);
        }

        UpstreamAnswer answer;
        try
        {
            exchange.Watch.AwaitFirstByte();
            var sending = upstream.Pool.SendAsync(head, body, exchange.Watch.Token);
            answer = progress is not null && !sending.IsCompleted && exchange.Stream && exchange.Route.StreamsEvents ? await WaitAsync(exchange, sending.AsTask(), routeHeader, progress) : await sending;
        }
        catch (UpstreamException e) when (e.Fault == UpstreamFault.Unreachable)
        {
            return false;
        }
        catch (UpstreamException e)
        {
            var what = e.Fault == UpstreamFault.Invalid ? "answered with something that is not HTTP" : "closed the connection before it answered";
            await exchange.FailAsync(GatewayErrors.EngineFailed(upstream.Node, what), ForwardOutcome.UpstreamUnreachable);
            return true;
        }
        catch (OperationCanceledException) when (exchange.Watch.Stalled == WatchPhase.FirstByte)
        {
            await exchange.FailAsync(GatewayErrors.EngineFailed(upstream.Node, $"sent nothing for {options.FirstByteTimeout?.TotalSeconds:F0} s"), ForwardOutcome.UpstreamStalled);
            return true;
        }

        using (answer)
        {
            await relay.RelayAsync(exchange, upstream, answer, routeHeader, hidesUsage);
        }

        return true;
    }

    /// <summary>A stream gets comments while the engine reads a long prompt, too: clients give up where no header comes for 300 s.</summary>
    private async Task<UpstreamAnswer> WaitAsync(Exchange exchange, Task<UpstreamAnswer> sending, string? routeHeader, RouteProgress progress)
    {
        try
        {
            if (!await comments.FinishesWithinAsync(sending, options.CommentInterval))
            {
                if (!exchange.Begun)
                {
                    WaitComments.Begin(exchange);
                    exchange.Context.Response.Headers[RouteHeader.Name] = routeHeader;
                }

                progress.Current = new ProgressReport("processing prompt of", exchange.Model ?? exchange.Facts.Model, null, null);
                await comments.WaitAsync(exchange, sending, progress);
            }
        }
        catch
        {
            // The request's body goes back to its pool with the exchange: nobody may be sending it any more.
            exchange.Watch.Cancel();
            await DiscardAsync(sending);
            throw;
        }

        return await sending;
    }

    private static async Task DiscardAsync(Task<UpstreamAnswer> sending)
    {
        try
        {
            (await sending).Dispose();
        }
        catch (Exception e) when (e is UpstreamException or IOException or OperationCanceledException)
        {
            // It has ended, which is all that is wanted.
        }
    }
}
