using Homelab.Domain.Residency;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Routes;

/// <summary>What goes to the engine without a lease, because it loads nothing: show, pull, delete, version, token counts.</summary>
internal sealed class EngineRoutes(GatewayOptions options, IModelRouter router, Forwarder forwarder, TimeProvider time)
{
    /// <summary>Marks an answer that was estimated here.</summary>
    public const string EstimateHeader = "x-homelab-estimate";

    /// <summary>Bytes of a request a token stands for: a rule of thumb for English and code. Ollama cannot count without generating.</summary>
    private const int BytesPerToken = 4;

    /// <summary>In bytes; it is one short line.</summary>
    private const int LongestVersion = 4096;

    private static readonly TimeSpan VersionTimeout = TimeSpan.FromSeconds(5);

    private volatile byte[]? _version;

    /// <summary>Show, pull and delete: forwarded with the model's name resolved.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task ForwardAsync(Exchange exchange)
    {
        exchange.Overhead = exchange.Elapsed;
        var method = exchange.Route.Kind == RouteKind.Delete ? HttpMethods.Delete : HttpMethods.Post;
        var found = router.FindEngine(new EngineDemand(exchange.Facts.Model, exchange.Principal, exchange.Route.Kind == RouteKind.Show, exchange.Hops));
        if (found.Refusal is { } refusal)
        {
            await exchange.FailAsync(GatewayErrors.Of(refusal), ForwardOutcome.Refused);
        }
        else if (found.Upstream is not { } upstream)
        {
            await exchange.FailAsync(GatewayErrors.EngineFailed(options.NodeName, "does not answer"), ForwardOutcome.UpstreamUnreachable);
        }
        else if (await forwarder.TryForwardAsync(exchange, upstream, method, found.Model) is { Failure: { } failure } attempt)
        {
            await exchange.FailAsync(attempt.Error!, failure == LeaseFailure.Refused ? ForwardOutcome.Refused : ForwardOutcome.UpstreamUnreachable);
        }
    }

    /// <summary>The real engine's version (clients refuse old ones); while it is down, the last one it told.</summary>
    public async Task WriteVersionAsync(HttpContext context)
    {
        var version = await ReadVersionAsync(context.RequestAborted) ?? _version;
        if (version is null)
        {
            await ErrorAnswer.WriteAsync(context, Dialect.Ollama, GatewayErrors.EngineFailed(options.NodeName, "does not answer"));
            return;
        }

        _version = version;
        await JsonAnswer.WriteAsync(context, "application/json; charset=utf-8", version);
    }

    /// <summary>Anthropic's token count, estimated from the request's size: no engine here counts without loading the model, and a count must never load one.</summary>
    public async Task CountTokensAsync(Exchange exchange)
    {
        var demand = new Demand(exchange.Facts.Model, exchange.Principal, exchange.Dialect, exchange.Route.Template, false, exchange.RequestId);
        if (router.CheckServable(demand) is { Reason: RefusalReason.ModelNotFound or RefusalReason.NotPermitted } refusal)
        {
            await exchange.FailAsync(GatewayErrors.Of(refusal), ForwardOutcome.Refused);
            return;
        }

        exchange.Outcome = ForwardOutcome.Completed;
        exchange.Context.Response.Headers[EstimateHeader] = "true";
        var tokens = (exchange.Body!.Length + BytesPerToken - 1) / BytesPerToken;
        await JsonAnswer.WriteAsync(exchange.Context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("input_tokens"u8, tokens);
            json.WriteEndObject();
        });
    }

    private async Task<byte[]?> ReadVersionAsync(CancellationToken cancellation)
    {
        if (router.FindEngine(new EngineDemand(null, Principal.Local, Reads: true)).Upstream is not { } upstream)
        {
            return null;
        }

        using var limit = new CancellationTokenSource(VersionTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var head = new RequestHead(HttpMethods.Get, "/api/version", upstream.HostHeader);
        MachineHeaders.AddTo(head, upstream, 0, Principal.Local.Name, options.NodeId);
        try
        {
            using var answer = await upstream.Pool.SendAsync(head, null, both.Token);
            return answer.Status == 200 ? await answer.ReadAllAsync(LongestVersion, both.Token) : null;
        }
        catch (Exception e) when (e is UpstreamException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }
}
