using System.Net;
using Homelab.Gateway.Bodies;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Forwarding;

/// <summary>Sends a request to its upstream, once, and relays the answer.</summary>
internal sealed class Forwarder(GatewayOptions options, AnswerRelay relay, WaitComments comments)
{
    /// <summary>Forwards under a lease, which stays the caller's.</summary>
    /// <returns>False where no connection could be made: nothing was sent, and another replica may be tried.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<bool> TryForwardAsync(Exchange exchange, ILease lease, RouteProgress progress)
    {
        var upstream = lease.Upstream;
        var rules = upstream.IsEngine ? exchange.Route.Edits : EditRules.None;
        if (!exchange.Stream)
        {
            rules &= ~EditRules.AskForUsage;
        }

        var edits = BodyEdits.Of(exchange.Body!.Bytes, exchange.Facts, lease.UpstreamModel, rules);
        using var request = new HttpRequestMessage(HttpMethod.Post, exchange.Route.AddressAt(upstream, exchange.Context.Request))
        {
            Version = HttpVersion.Version11,
            Content = new BodyContent(exchange.Body, edits),
        };
        var hidesUsage = rules.HasFlag(EditRules.AskForUsage) && !exchange.Facts.WantsUsage;
        return await TrySendAsync(exchange, upstream, request, RouteHeader.Of(lease), hidesUsage, progress);
    }

    /// <summary>Forwards what needs no lease.</summary>
    /// <returns>False where no connection could be made.</returns>
    public async Task<bool> TryForwardAsync(Exchange exchange, Upstream upstream, HttpMethod method, string? upstreamModel)
    {
        using var request = new HttpRequestMessage(method, exchange.Route.AddressAt(upstream, exchange.Context.Request)) { Version = HttpVersion.Version11 };
        if (exchange.Body is { } body)
        {
            request.Content = new BodyContent(body, BodyEdits.Of(body.Bytes, exchange.Facts, upstreamModel ?? exchange.Facts.Model, EditRules.None));
        }

        return await TrySendAsync(exchange, upstream, request, null, false, null);
    }

    private async Task<bool> TrySendAsync(Exchange exchange, Upstream upstream, HttpRequestMessage request, string? routeHeader, bool hidesUsage, RouteProgress? progress)
    {
        request.Content?.Headers.TryAddWithoutValidation("Content-Type", exchange.ContentType);
        HeaderRules.CopyUp(exchange.Context.Request.Headers, request.Headers, upstream, exchange.RequestId, exchange.Hops);
        HttpResponseMessage answer;
        try
        {
            exchange.Watch.AwaitFirstByte();
            var sending = upstream.Invoker.SendAsync(request, exchange.Watch.Token);
            if (exchange.Begun && progress is not null && !await comments.FinishesWithinAsync(sending, options.CommentInterval))
            {
                progress.Current = new ProgressReport("processing prompt of", exchange.Model ?? exchange.Facts.Model, null, null);
                await comments.WaitAsync(exchange, sending, progress);
            }

            answer = await sending;
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var what = e is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } ? "answered with something that is not HTTP" : "closed the connection before it answered";
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
}
