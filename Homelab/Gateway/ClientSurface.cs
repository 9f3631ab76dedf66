using System.Globalization;
using Homelab.Domain.Residency;
using Homelab.Gateway.Access;
using Homelab.Gateway.Apps;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;
using Homelab.Gateway.Routes;

namespace Homelab.Gateway;

/// <summary>Everything that OpenAI, Anthropic and Ollama clients can ask of a listener. Stands before routing: its paths are found by one look-up.</summary>
internal sealed class ClientSurface : IDisposable
{
    private static readonly byte[] Running = "Ollama is running"u8.ToArray();

    private const int LastWordPolls = 50;

    private static readonly TimeSpan LastWordPoll = TimeSpan.FromMilliseconds(20);

    private readonly RequestGuard _guard;
    private readonly IUsageSink _usage;
    private readonly TimeProvider _time;
    private readonly ILogger? _log;
    private readonly string _nodeName;
    private readonly int _maximumHops;
    private readonly RequestDelegate? _startPage;
    private readonly RouteTable _routes = new();
    private readonly Watchdog _watchdog;
    private readonly RequestParser _parser;
    private readonly ListRoutes _lists;
    private readonly EngineRoutes _engine;
    private readonly InferenceRoute _inference;
    private readonly AppPassage _apps;

    /// <param name="options">See there.</param>
    /// <param name="guard">Shared with the listener's other endpoints.</param>
    /// <param name="router">Where leases come from.</param>
    /// <param name="usage">Told of each finished request for a model.</param>
    /// <param name="time">Drives every wait.</param>
    /// <param name="log">For faults of our own; null: none.</param>
    /// <param name="startPage">Answers browsers at <c>/</c>; null: they get what probes get.</param>
    public ClientSurface(GatewayOptions options, RequestGuard guard, IModelRouter router, IUsageSink usage, TimeProvider time, ILogger? log = null, RequestDelegate? startPage = null)
    {
        _guard = guard;
        _usage = usage;
        _time = time;
        _log = log;
        _nodeName = options.NodeName;
        _maximumHops = options.MaximumHops;
        _startPage = startPage;
        _watchdog = new Watchdog(options, time);
        _parser = new RequestParser(options);
        _lists = new ListRoutes(options, router);
        var comments = new WaitComments(options, time);
        var forwarder = new Forwarder(options, new AnswerRelay(options), comments);
        _engine = new EngineRoutes(options, router, forwarder, time);
        _apps = new AppPassage(options, router, usage, time);
        _inference = new InferenceRoute(options, router, new LeaseWaiter(options, router, comments), forwarder, time);
    }

    /// <summary>Requests with a body that are under way.</summary>
    public int Active => _watchdog.Count;

    /// <summary>Serves a request of the client surface; false where the path is none of its.</summary>
    public bool TryServe(HttpContext context, out Task serving)
    {
        var request = context.Request;
        if (_routes.Find(request.Method, request.Path.Value ?? "") is not { } route)
        {
            serving = Task.CompletedTask;
            return false;
        }

        RequestIds.Announce(context, route.Dialect);
        serving = Refuse(context, route) is { } refusal ? RefuseAsync(context, route, refusal)
            : RequestGuard.AnswerPreflight(context) || (HttpMethods.IsOptions(request.Method) && !route.AllowsAny) ? AnswerOptions(context, route)
            : ServeAsync(context, route);
        return true;
    }

    /// <summary>Ends what still runs when the daemon stops: each stream with an error event, every other request with a refusal. Returns once they
    /// have said so, or after a second.</summary>
    public async Task EndAsync()
    {
        _watchdog.EndAll();
        _apps.EndAll();
        for (var i = 0; i < LastWordPolls && Active > 0; i++)
        {
            await Task.Delay(LastWordPoll, _time);
        }
    }

    public void Dispose()
    {
        _watchdog.Dispose();
        _apps.Dispose();
    }

    private GatewayError? Refuse(HttpContext context, RouteEntry route)
    {
        if (_guard.CheckBrowser(context) is { } browser)
        {
            return browser;
        }

        var method = context.Request.Method;
        if (HttpMethods.IsOptions(method) && (!route.AllowsAny || RequestGuard.IsPreflight(context)))
        {
            return null;
        }

        if (_guard.CheckAccess(context, route.Rule, isClientSurface: true) is { } denied)
        {
            return denied;
        }

        switch (route.Kind)
        {
            case RouteKind.Forbidden:
                return GatewayErrors.NotProxied;
            case RouteKind.Unknown:
                return GatewayErrors.NotFound(method, context.Request.Path.Value ?? "/");
            default:
                if (route.Allows(method))
                {
                    return null;
                }

                context.Response.Headers.Allow = route.Methods;
                return GatewayErrors.WrongMethod(method, route.Methods);
        }
    }

    /// <summary>A machine that delegated learns that nothing was done; the mark tells nobody else anything that the status does not.</summary>
    private static Task RefuseAsync(HttpContext context, RouteEntry route, GatewayError refusal)
    {
        if (context.Request.Headers.ContainsKey(MachineHeaders.Hops))
        {
            context.Response.Headers[MachineHeaders.Refused] = refusal.Code;
        }

        return ErrorAnswer.WriteAsync(context, route.Dialect, refusal);
    }

    private static Task AnswerOptions(HttpContext context, RouteEntry route)
    {
        if (route.AllowsAny)
        {
            return Task.CompletedTask;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = route.Methods.Length == 0 ? "OPTIONS" : route.Methods + ", OPTIONS";
        return Task.CompletedTask;
    }

    private Task ServeAsync(HttpContext context, RouteEntry route) => route.Kind switch
    {
        RouteKind.Models => _lists.WriteModelsAsync(context),
        RouteKind.Model => _lists.WriteModelAsync(context),
        RouteKind.Tags => _lists.WriteTagsAsync(context),
        RouteKind.Loaded => _lists.WriteLoadedAsync(context),
        RouteKind.App => ServeAppAsync(context, route),
        RouteKind.Version => _engine.WriteVersionAsync(context),
        RouteKind.Start => _startPage is not null && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? _startPage(context)
            : JsonAnswer.WriteAsync(context, "text/plain; charset=utf-8", Running),
        _ => ExchangeAsync(context, route),
    };

    private Task ServeAppAsync(HttpContext context, RouteEntry route)
    {
        var caller = context.GetPrincipal()!;
        return Admit(caller, MachineHeaders.ReadHops(caller, context.Request.Headers)) is { } denied ? RefuseAsync(context, route, denied) : _apps.ServeAsync(context, caller);
    }

    /// <summary>What is refused before the body is read.</summary>
    private GatewayError? Admit(Principal principal, int hops) =>
        hops > _maximumHops ? GatewayErrors.Of(Refusals.LoopDetected(_nodeName, string.Create(CultureInfo.InvariantCulture, $"it has gone from machine to machine {hops} times")))
        : principal.Rate is { } rate && !rate.TryTake(_time, out var wait) ? GatewayErrors.Of(Refusals.RateLimited(principal.Name, rate.PerMinute, wait))
        : null;

    /// <summary>A request with a body, from its head to its record. Nothing it does ends in anything but an answer or a cut connection.</summary>
    private async Task ExchangeAsync(HttpContext context, RouteEntry route)
    {
        using var exchange = new Exchange(context, route, context.GetPrincipal()!, new RequestWatch(_watchdog, context.RequestAborted), _time);
        try
        {
            if (Admit(exchange.Principal, exchange.Hops) is { } denied)
            {
                await exchange.FailAsync(denied, ForwardOutcome.Refused);
            }
            else if (await _parser.ReadAsync(exchange) is { } refusal)
            {
                await exchange.FailAsync(refusal, ReferenceEquals(refusal, GatewayErrors.BodyTooSlow) ? ForwardOutcome.ClientStalled
                    : ReferenceEquals(refusal, GatewayErrors.BodyCut) ? ForwardOutcome.ClientGone
                    : ForwardOutcome.Refused);
            }
            else
            {
                await (route.Kind switch
                {
                    RouteKind.CountTokens => _engine.CountTokensAsync(exchange),
                    RouteKind.Show or RouteKind.Pull or RouteKind.Delete => _engine.ForwardAsync(exchange),
                    _ => _inference.ServeAsync(exchange),
                });
            }
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            exchange.Outcome = ForwardOutcome.ClientGone;
        }
        catch (OperationCanceledException) when (exchange.Watch.Stalled == WatchPhase.Client)
        {
            exchange.Outcome = ForwardOutcome.ClientStalled;
            context.Abort();
        }
        catch (OperationCanceledException) when (exchange.Watch.Stalled == WatchPhase.Shutdown)
        {
            await exchange.FailAsync(GatewayErrors.Stopping(_nodeName), ForwardOutcome.Refused);
        }
#pragma warning disable CA1031 // The last line of defence: the next request must be served whatever this one did.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _log?.LogError(e, "request {RequestId} to {Route} failed", exchange.RequestId, route.Template);
            await exchange.FailAsync(new GatewayError(500, "internal_error", ErrorType.Api, "homelab failed to serve this request; its log says why"), ForwardOutcome.Refused);
        }
        finally
        {
            _usage.Record(exchange.ToRecord());
        }
    }
}
