using System.Collections.Immutable;
using System.Net;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Homelab.Gateway.Apps;

/// <summary><c>/apps/NAME/...</c>: any request for an app's own paths, passed through as it comes, WebSockets too, once the app runs; a lease holds the app until the last
/// byte. Nothing is buffered, and no size is bounded but by the app itself. What is not on this machine goes to the one that has it, under the same path.</summary>
internal sealed class AppPassage : IDisposable
{
    /// <summary>Where apps are reached.</summary>
    public const string Prefix = "/apps/";

    private const int MostTries = 2;

    /// <summary>A connection on which nothing moves for so long is cut, or it would keep its app in memory for ever.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly GatewayOptions _options;
    private readonly IModelRouter _router;
    private readonly IUsageSink _usage;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();

    // Most machines have no app: nothing is made before the first request for one.
    private readonly Lazy<ServiceProvider> _services = new(() => new ServiceCollection().AddLogging().AddHttpForwarder().BuildServiceProvider());
    private readonly Lazy<HttpMessageInvoker> _client = new(() => new HttpMessageInvoker(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(15),
    }));

    public AppPassage(GatewayOptions options, IModelRouter router, IUsageSink usage, TimeProvider time)
    {
        _options = options;
        _router = router;
        _usage = usage;
        _time = time;
    }

    /// <summary>Cuts what still runs.</summary>
    public void EndAll() => _ending.Cancel();

    public void Dispose()
    {
        _ending.Dispose();
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        if (_services.IsValueCreated)
        {
            _services.Value.Dispose();
        }
    }

    /// <summary>Serves one request; its caller was let in.</summary>
    public async Task ServeAsync(HttpContext context, Principal caller)
    {
        var began = _time.GetTimestamp();
        var (name, rest) = Split(context.Request.Path.Value!);
        if (rest.Length == 0 && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            // A page's relative links are below the slash.
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = Prefix + Uri.EscapeDataString(name) + "/" + context.Request.QueryString.ToUriComponent();
            return;
        }

        var passing = new AppRequest(name, rest, MachineHeaders.ReadAsker(caller, context.Request.Headers), caller, MachineHeaders.ReadHops(caller, context.Request.Headers), RequestIds.Of(context));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        ILease? lease = null;
        var outcome = ForwardOutcome.Refused;
        try
        {
            ImmutableArray<string> excluded = [];
            for (var tries = 1; ; tries++)
            {
                var routed = await RouteAsync(context, passing, excluded, either.Token);
                lease = routed.Lease;
                if (lease is null)
                {
                    outcome = await RefuseAsync(context, passing, GatewayErrors.Of(routed.Refusal!), ForwardOutcome.Refused);
                    break;
                }

                if (await ForwardAsync(context, passing, lease, isLast: tries == MostTries, either.Token) is { } ended)
                {
                    outcome = ended;
                    break;
                }

                // Nobody was there, so nothing was sent: the app has just ended, or its machine is gone.
                _router.Failed(lease, LeaseFailure.Unreachable, null);
                excluded = lease.Upstream.ExcludedAs is { } who ? excluded.Add(who) : excluded;
                lease.Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            outcome = context.RequestAborted.IsCancellationRequested ? ForwardOutcome.ClientGone : await RefuseAsync(context, passing, GatewayErrors.Stopping(_options.NodeName), ForwardOutcome.Refused);
        }
        finally
        {
            lease?.Dispose();
            _usage.Record(new RequestRecord(passing.Asker.Name, lease?.Model, "/apps/{name}", lease?.Tier, context.Response.StatusCode, outcome, _time.GetElapsedTime(began), null, TimeSpan.Zero, null, null, lease?.Upstream.Node)
            {
                Waited = lease?.Waited ?? TimeSpan.Zero,
            });
        }
    }

    private async ValueTask<RouteOutcome> RouteAsync(HttpContext context, AppRequest passing, ImmutableArray<string> excluded, CancellationToken cancellation)
    {
        if (!ModelName.TryParse("apps/" + passing.Name, out var app) || !app.IsApp)
        {
            return RouteOutcome.Of(new Refusal(RefusalReason.ModelNotFound, $"'{GatewayErrors.Printable(passing.Name)}' is no name of an app"));
        }

        return await _router.RouteAsync(
            new Demand(app.Value, passing.Asker, Dialect.OpenAi, Prefix, false, passing.RequestId)
            {
                Hops = passing.Hops,
                Origin = MachineHeaders.ReadOrigin(passing.Caller, context.Request.Headers),
                MaximumWait = _options.LongWait,
                Excluded = excluded,
            },
            cancellation);
    }

    /// <summary>How it ended; null where nobody listens there, nothing was sent, and it was not the last try.</summary>
    private async Task<ForwardOutcome?> ForwardAsync(HttpContext context, AppRequest passing, ILease lease, bool isLast, CancellationToken cancellation)
    {
        // How large a body may be is the app's affair: nothing of it is kept here.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        context.Response.Headers[RouteHeader.Name] = RouteHeader.Of(lease);
        var upstream = lease.Upstream;
        var error = await _services.Value.GetRequiredService<IHttpForwarder>().SendAsync(
            context,
            upstream.Pool.Address.GetLeftPart(UriPartial.Authority),
            _client.Value,
            new ForwarderRequestConfig { ActivityTimeout = Silence, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
            new AppHeaders(passing, upstream, _options.NodeId),
            cancellation);
        if (error == ForwarderError.None)
        {
            return ForwardOutcome.Completed;
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            return ForwardOutcome.ClientGone;
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return ForwardOutcome.UpstreamCut;
        }

        if (!isLast && MayRepeat(context.Request) && context.Features.Get<IForwarderErrorFeature>()?.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError })
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            return null;
        }

        var refusal = _ending.IsCancellationRequested ? GatewayErrors.Stopping(_options.NodeName)
            : GatewayErrors.UpstreamFailed(upstream, error is ForwarderError.RequestTimedOut ? "sent nothing for an hour" : "closed the connection before it answered");
        return await RefuseAsync(context, passing, refusal, ForwardOutcome.UpstreamUnreachable);
    }

    /// <summary>The client sends a request without a body once more by itself where a connection that had served before is closed on it. That it reaches nobody then does not say
    /// that nobody has seen it, which matters where twice is not as good as once.</summary>
    private static bool MayRepeat(HttpRequest request) =>
        !(HttpMethods.IsPost(request.Method) || HttpMethods.IsPatch(request.Method)) || request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    private static async Task<ForwardOutcome> RefuseAsync(HttpContext context, AppRequest passing, GatewayError error, ForwardOutcome outcome)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return outcome;
        }

        if (passing.Hops > 0 && outcome == ForwardOutcome.Refused)
        {
            context.Response.Headers[MachineHeaders.Refused] = error.Code;
        }

        await ErrorAnswer.WriteAsync(context, Dialect.OpenAi, error);
        return outcome;
    }

    /// <summary><c>/apps/NAME/rest</c> in its two parts, the second with its slash; empty where there is none.</summary>
    private static (string Name, string Below) Split(string path)
    {
        var below = path[Prefix.Length..];
        var slash = below.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (below, "") : (below[..slash], below[slash..]);
    }
}
