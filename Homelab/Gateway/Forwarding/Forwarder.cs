using Homelab.Domain.Residency;
using Homelab.Gateway.Bodies;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Forwarding;

/// <summary>Sends a request to its upstream, once, and relays the answer.</summary>
internal sealed class Forwarder(GatewayOptions options, AnswerRelay relay, WaitComments comments)
{
    /// <summary>Forwards under a lease, which stays the caller's.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public Task<ForwardAttempt> TryForwardAsync(Exchange exchange, ILease lease, RouteProgress progress)
    {
        // A machine of ours edits for its engine itself; but tokens are counted on every machine that a request passes.
        var upstream = lease.Upstream;
        var rules = upstream.IsEngine ? exchange.Route.Edits : exchange.Route.Edits & EditRules.AskForUsage;
        if (!exchange.Stream)
        {
            rules &= ~EditRules.AskForUsage;
        }

        // An alias leads to a model that clients may see; a derived model is our own affair.
        exchange.Rename = string.Equals(lease.UpstreamModel, lease.Model, StringComparison.OrdinalIgnoreCase) || !upstream.IsEngine ? null : new ModelRename(lease.UpstreamModel, exchange.Facts.Model);
        var body = new BodyContent(exchange.Body!, BodyEdits.Of(exchange.Body!.Bytes, exchange.Facts, lease.UpstreamModel, rules));
        var hidesUsage = rules.HasFlag(EditRules.AskForUsage) && !exchange.Facts.WantsUsage;
        return TrySendAsync(exchange, upstream, HttpMethods.Post, body, RouteHeader.Of(lease), hidesUsage, progress, lease.Lost);
    }

    /// <summary>Forwards what needs no lease.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public Task<ForwardAttempt> TryForwardAsync(Exchange exchange, Upstream upstream, string method, string? upstreamModel)
    {
        var body = exchange.Body is { } read ? new BodyContent(read, BodyEdits.Of(read.Bytes, exchange.Facts, upstreamModel ?? exchange.Facts.Model, EditRules.None)) : null;
        return TrySendAsync(exchange, upstream, method, body, null, false, null, CancellationToken.None);
    }

    private async Task<ForwardAttempt> TrySendAsync(Exchange exchange, Upstream upstream, string method, BodyContent? body, string? routeHeader, bool hidesUsage, RouteProgress? progress, CancellationToken lost)
    {
        using var head = new RequestHead(method, exchange.Route.TargetOf(exchange.Context.Request), upstream.HostHeader);
        HeaderRules.CopyUp(exchange.Context.Request.Headers, head, exchange.RequestId);
        MachineHeaders.AddTo(head, upstream, exchange.Hops, exchange.Principal.Name, options.NodeId);
        if (body is not null)
        {
            head.Add("Content-Type", exchange.ContentType);
        }

        using var either = lost.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(exchange.Watch.Token, lost) : null;
        UpstreamAnswer answer;
        try
        {
            exchange.Watch.AwaitFirstByte();
            var sending = upstream.Pool.SendAsync(head, body, either?.Token ?? exchange.Watch.Token);
            var comforts = progress is not null && !sending.IsCompleted && exchange.Stream && exchange.Route.StreamsEvents && !exchange.IsHeldBack;
            answer = comforts ? await WaitAsync(exchange, upstream, sending.AsTask(), routeHeader, progress!) : await sending;
        }
        catch (UpstreamException e) when (e.Fault == UpstreamFault.Unreachable)
        {
            return ForwardAttempt.Failed(LeaseFailure.Unreachable, Unreachable(upstream, exchange));
        }
        catch (UpstreamException e) when (e.Fault == UpstreamFault.Closed && !upstream.IsEngine)
        {
            return Closed(exchange, upstream, "closed the connection before it answered");
        }
        catch (UpstreamException e)
        {
            exchange.Reached = true;
            var what = e.Fault == UpstreamFault.Invalid ? "answered with something that is not HTTP" : "closed the connection before it answered";
            await exchange.FailAsync(GatewayErrors.UpstreamFailed(upstream, what), ForwardOutcome.UpstreamUnreachable);
            return default;
        }
        catch (OperationCanceledException) when (exchange.Watch.Stalled == WatchPhase.FirstByte)
        {
            exchange.Reached = true;
            await exchange.FailAsync(GatewayErrors.UpstreamFailed(upstream, $"sent nothing for {options.FirstByteTimeout?.TotalSeconds:F0} s"), ForwardOutcome.UpstreamStalled);
            return default;
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !exchange.Watch.Token.IsCancellationRequested)
        {
            return Closed(exchange, upstream, "was lost before it answered");
        }

        using (answer)
        {
            if (MachineRefusals.IsOne(upstream, answer, out var code))
            {
                return ForwardAttempt.Failed(LeaseFailure.Refused, await MachineRefusals.ReadAsync(exchange, upstream, answer, code));
            }

            exchange.Reached = true;
            await relay.RelayAsync(exchange, upstream, answer, routeHeader, hidesUsage);
        }

        return default;
    }

    /// <summary>Whether its engine was at work nobody knows: the request is tried elsewhere, but nobody who delegated it here is told to do so too.</summary>
    private ForwardAttempt Closed(Exchange exchange, Upstream upstream, string what)
    {
        exchange.Reached = true;
        return ForwardAttempt.Failed(LeaseFailure.Closed, IsHub(upstream) ? HubUnreachable(upstream, exchange, "it " + what) : GatewayErrors.UpstreamFailed(upstream, what));
    }

    private static bool IsHub(Upstream upstream) => !upstream.IsEngine && upstream.NodeId is null;

    private GatewayError Unreachable(Upstream upstream, Exchange exchange) => IsHub(upstream)
        ? HubUnreachable(upstream, exchange, null)
        : GatewayErrors.UpstreamFailed(upstream, "does not answer") with { RetryAfter = TimeSpan.FromSeconds(5) };

    private GatewayError HubUnreachable(Upstream upstream, Exchange exchange, string? problem) =>
        GatewayErrors.Of(Refusals.HubUnreachable(options.NodeName, upstream.Pool.Address.Authority, GatewayErrors.Printable(exchange.Facts.Model), problem));

    /// <summary>A stream gets comments while the engine reads a long prompt, too: clients give up where no header comes for 300 s.</summary>
    private async Task<UpstreamAnswer> WaitAsync(Exchange exchange, Upstream upstream, Task<UpstreamAnswer> sending, string? routeHeader, RouteProgress progress)
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

                progress.Current = new ProgressReport(upstream.IsEngine ? "processing prompt of" : $"waiting at {GatewayErrors.Printable(upstream.Node)} for", exchange.Model ?? exchange.Facts.Model, null, null);
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
