using System.Collections.Frozen;
using Homelab.Domain.Residency;

namespace Homelab.Gateway.Errors;

/// <summary>The refusals of the client surface, one place each.</summary>
internal static class GatewayErrors
{
    private static readonly TimeSpan LeastRetryAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MostRetryAfter = TimeSpan.FromSeconds(30);

    private static readonly FrozenDictionary<string, int> StatusByCode =
        Enum.GetValues<RefusalReason>().Select(static r => Of(new Refusal(r, ""))).DistinctBy(static e => e.Code).ToFrozenDictionary(static e => e.Code, static e => e.Status, StringComparer.Ordinal);

    /// <summary>One body for every failed credential, so that nothing tells a wrong key from a missing one.</summary>
    public static GatewayError InvalidApiKey { get; } = new(401, "invalid_api_key", ErrorType.Authentication,
        "a valid API key is required: send it as 'Authorization: Bearer <key>' or 'x-api-key: <key>'")
    { NeverRetry = true };

    public static GatewayError CredentialsDiffer { get; } = new(400, "invalid_request", ErrorType.InvalidRequest,
        "the request carries two API keys that differ; send one");

    public static GatewayError TooManyFailures { get; } = new(429, "rate_limit_exceeded", ErrorType.RateLimit,
        "too many failed API keys from this address; wait a minute")
    { RetryAfter = MostRetryAfter };

    public static GatewayError AdminOnly { get; } = new(403, "insufficient_permissions", ErrorType.Permission,
        "this key may not change what is installed or loaded; an admin key may")
    { NeverRetry = true };

    public static GatewayError InfraOnly { get; } = new(403, "insufficient_permissions", ErrorType.Permission,
        "this key may not read files of machines; an admin key may, and one that was made for it (homelab keys add NAME --infra, or infra: true in hub.service_keys)")
    { NeverRetry = true };

    public static GatewayError NodesOnly { get; } = new(403, "insufficient_permissions", ErrorType.Permission,
        "only a machine that joined this hub may call this, with its own credential")
    { NeverRetry = true };

    public static GatewayError DelegatedOnly { get; } = new(403, "insufficient_permissions", ErrorType.Permission,
        "a machine's credential carries delegated requests only; clients need a service key")
    { NeverRetry = true };

    public static GatewayError NotProxied { get; } = new(403, "insufficient_permissions", ErrorType.Permission,
        "homelab never passes on create, blobs, push or copy; run ollama on the machine itself for that")
    { NeverRetry = true };

    public static GatewayError BodyTooSlow { get; } = new(408, "invalid_request", ErrorType.InvalidRequest,
        "the request body came in too slowly")
    { NeverRetry = true };

    public static GatewayError BodyCut { get; } = new(400, "invalid_request", ErrorType.InvalidRequest, "the request body ended early");

    public static GatewayError NotFound(string method, string path) => new(404, "not_found", ErrorType.NotFound,
        $"there is nothing at {method} {Printable(path)}")
    { NeverRetry = true };

    public static GatewayError WrongMethod(string method, string allowed) => new(405, "invalid_request", ErrorType.InvalidRequest,
        $"{Printable(method)} is not allowed here; use {allowed}")
    { NeverRetry = true };

    public static GatewayError BodyTooLarge(long limit) => new(413, "body_too_large", ErrorType.InvalidRequest,
        $"the request body is larger than {limit} bytes; raise daemon.max_body if it is meant to be")
    { NeverRetry = true };

    public static GatewayError UnsupportedType(string message) => new(415, "invalid_request", ErrorType.InvalidRequest, message) { NeverRetry = true };

    public static GatewayError InvalidJson(string message) => new(400, "invalid_json", ErrorType.InvalidRequest, message);

    public static GatewayError Invalid(string message, string? param = null) => new(400, "invalid_request", ErrorType.InvalidRequest, message, param);

    public static GatewayError TwoFramings { get; } = Invalid("the request has both a Content-Length and a Transfer-Encoding; send one");

    public static GatewayError HostMissing { get; } = Invalid("the request has no Host header");

    public static GatewayError HostRefused(string host) => new(403, "insufficient_permissions", ErrorType.Permission,
        $"the Host '{Printable(host)}' is not one of this machine's names; if it is meant to be, add it to daemon.allowed_hosts")
    { NeverRetry = true };

    public static GatewayError OriginRefused(string origin) => new(403, "insufficient_permissions", ErrorType.Permission,
        $"web pages of '{Printable(origin)}' may not call this machine; if they are meant to, add it to daemon.allowed_origins")
    { NeverRetry = true };

    public static GatewayError EngineFailed(string node, string what) => new(502, "engine_error", ErrorType.Api, $"the engine on {node} {what}");

    /// <summary>The same for whatever kind of upstream it is.</summary>
    public static GatewayError UpstreamFailed(Upstream upstream, string what) => new(502, "engine_error", ErrorType.Api, $"{upstream.Subject} {what}");

    /// <summary>For requests that outlast the time which a stopping daemon gives them.</summary>
    public static GatewayError Stopping(string node) => Of(new Refusal(RefusalReason.Draining, $"{node} is shutting down, and the time for running requests (daemon.drain) is over", MostRetryAfter));

    public static GatewayError ModelNotFound(string model, string node) => Of(new Refusal(RefusalReason.ModelNotFound, $"model '{Printable(model)}' is not installed on {node}"));

    /// <summary>The table of DESIGN section 5 and INTERFACES section 4.</summary>
    public static GatewayError Of(Refusal refusal)
    {
        var (status, code, type, again) = refusal.Reason switch
        {
            RefusalReason.ModelNotFound => (404, "model_not_found", ErrorType.NotFound, false),
            RefusalReason.ModelTooLarge => (400, "model_too_large", ErrorType.InvalidRequest, false),
            RefusalReason.WouldEvictProtected => (409, "would_evict_protected", ErrorType.InvalidRequest, false),
            RefusalReason.QueueFull => (429, "queue_full", ErrorType.RateLimit, true),
            RefusalReason.CapacityTimeout => (503, "capacity_timeout", ErrorType.Overloaded, true),
            RefusalReason.LoadFailed => (503, "load_failed", ErrorType.Api, false),
            RefusalReason.LoadTimeout => (504, "load_timeout", ErrorType.Api, true),
            RefusalReason.EngineDown => (502, "engine_error", ErrorType.Api, false),
            RefusalReason.Draining => (503, "draining", ErrorType.Overloaded, true),
            RefusalReason.NoLiveNodes => (503, "no_live_nodes", ErrorType.Api, false),
            RefusalReason.HubUnreachable => (503, "hub_unreachable", ErrorType.Overloaded, true),
            RefusalReason.NotPermitted => (403, "insufficient_permissions", ErrorType.Permission, false),
            RefusalReason.RateLimited => (429, "rate_limit_exceeded", ErrorType.RateLimit, true),
            RefusalReason.WrongApi => (400, "invalid_request", ErrorType.InvalidRequest, false),
            RefusalReason.LoopDetected => (508, "loop_detected", ErrorType.Api, false),
            _ => (500, "engine_error", ErrorType.Api, false),
        };
        var retry = refusal.RetryAfter is { } asked ? Clamp(asked) : again ? LeastRetryAfter : (TimeSpan?)null;
        var about = refusal.Reason is RefusalReason.ModelNotFound or RefusalReason.ModelTooLarge or RefusalReason.NotPermitted ? "model" : null;
        return new GatewayError(status, code, type, refusal.Message, about) { RetryAfter = retry, NeverRetry = retry is null };
    }

    /// <summary>The status that goes with an <c>error.code</c> which another machine sent.</summary>
    public static int StatusOf(string? code) => code switch
    {
        "model_in_use" => 409,
        "node_not_found" => 404,
        _ => StatusByCode.GetValueOrDefault(code ?? "", 503),
    };

    /// <summary>A time that SDKs honour: above about 60 s they stop retrying instead.</summary>
    public static TimeSpan Clamp(TimeSpan wait) => wait < LeastRetryAfter ? LeastRetryAfter : wait > MostRetryAfter ? MostRetryAfter : wait;

    /// <summary>At most 120 characters on one line: what a client sent goes into logs and terminals.</summary>
    public static string Printable(string text) => Telemetry.Printable.OneLine(text, 120);
}
