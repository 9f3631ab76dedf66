using System.Net;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;

namespace Homelab.Gateway.Access;

/// <summary>What every request of every listener passes first, loopback included: the Host and Origin checks, then key and rule.</summary>
internal sealed class RequestGuard
{
    /// <summary>Where Kestrel puts the <c>Content-Length</c> of a request that has a <c>Transfer-Encoding</c> too (RFC 9112 section 6.3 lets it be refused,
    /// and whoever is in front of us may have read the other one).</summary>
    private const string SetAsideLength = "X-Content-Length";

    private readonly HostPolicy _hosts;
    private readonly OriginPolicy _origins;
    private readonly KeySource _keys;
    private readonly FailureLimiter _failures;
    private readonly TimeProvider _time;

    public RequestGuard(GatewayOptions options, TimeProvider time)
    {
        _hosts = new HostPolicy([options.NodeName, Environment.MachineName], options.AllowedHosts);
        _origins = new OriginPolicy(options.AllowedOrigins);
        _keys = options.Keys;
        _failures = new FailureLimiter(time);
        _time = time;
    }

    /// <summary>Whether the request may come from where it says it comes: DNS rebinding and cross-site requests are refused, and so is a body framed in two ways. Null: yes.
    /// Sets the CORS headers for a page that may call.</summary>
    public GatewayError? CheckBrowser(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.TransferEncoding.Count > 0 && headers.ContainsKey(SetAsideLength))
        {
            context.Response.Headers.Connection = "close";
            return GatewayErrors.TwoFramings;
        }

        var host = headers.Host.Count == 1 ? headers.Host[0] : null;
        if (string.IsNullOrEmpty(host))
        {
            return GatewayErrors.HostMissing;
        }

        if (!_hosts.Allows(host))
        {
            return GatewayErrors.HostRefused(host);
        }

        if (headers.Origin.Count == 0)
        {
            return string.Equals(headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase) && !IsLinkToStartPage(context)
                ? GatewayErrors.OriginRefused("another site")
                : null;
        }

        var origin = headers.Origin.ToString();
        if (!_origins.Allows(origin, host))
        {
            return GatewayErrors.OriginRefused(origin);
        }

        var response = context.Response.Headers;
        response.AccessControlAllowOrigin = origin;
        response.Vary = "Origin";
        response.AccessControlExposeHeaders = "x-request-id, x-homelab-route, retry-after, x-should-retry";
        return null;
    }

    /// <summary>Whether it is a browser's question whether it may ask.</summary>
    public static bool IsPreflight(HttpContext context) => HttpMethods.IsOptions(context.Request.Method)
        && context.Request.Headers is { Origin.Count: > 0, AccessControlRequestMethod.Count: > 0 };

    /// <summary>Answers a CORS preflight, which never carries a key. Only after <see cref="CheckBrowser"/>.</summary>
    public static bool AnswerPreflight(HttpContext context)
    {
        var request = context.Request;
        if (!IsPreflight(context))
        {
            return false;
        }

        var response = context.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = "GET, POST, DELETE, HEAD, OPTIONS";
        response.Headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders is { Count: > 0 } asked ? asked : "authorization, content-type, x-api-key";
        response.Headers.AccessControlMaxAge = "600";
        if (string.Equals(request.Headers["Access-Control-Request-Private-Network"], "true", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers["Access-Control-Allow-Private-Network"] = "true";
        }

        return true;
    }

    /// <summary>Whether the caller meets the rule; null: yes, and <see cref="AccessExtensions.GetPrincipal"/> says who it is.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rule">Of the route or endpoint.</param>
    /// <param name="isClientSurface">Whether it is one of the client surface, the only one on which a hub changes anything.</param>
    public GatewayError? CheckAccess(HttpContext context, AccessRule rule, bool isClientSurface = false)
    {
        var error = Identify(context, out var principal);
        if (principal is not null)
        {
            context.Features.Set(principal);
        }

        return rule switch
        {
            AccessRule.Open => null,
            _ when error is not null => error,
            AccessRule.Admin when principal is not { IsAdmin: true } || (principal.Kind == PrincipalKind.Hub && !isClientSurface) => GatewayErrors.AdminOnly,
            AccessRule.Infra when principal is not { MayReadFiles: true, IsMachine: false } => GatewayErrors.InfraOnly,
            AccessRule.Node when principal is { Kind: PrincipalKind.Local } => GatewayErrors.InvalidApiKey,
            AccessRule.Node when principal is not { Kind: PrincipalKind.Node } => GatewayErrors.NodesOnly,
            _ when isClientSurface && principal is { Kind: PrincipalKind.Node } && !context.Request.Headers.ContainsKey(MachineHeaders.Hops) => GatewayErrors.DelegatedOnly,
            _ => null,
        };
    }

    private GatewayError? Identify(HttpContext context, out Principal? principal)
    {
        principal = null;
        var credential = Credential.Of(context.Request.Headers);
        if (credential.Conflicting)
        {
            return GatewayErrors.CredentialsDiffer;
        }

        var local = IsLoopback(context);
        var keys = _keys.Current;
        if (local && (credential.Key is null || keys.IsEmpty))
        {
            principal = Principal.Local;
            return null;
        }

        if (credential.Key is null)
        {
            return GatewayErrors.InvalidApiKey;
        }

        // Nobody guesses a key of our own form: its holder is let in whatever else comes from that address.
        var address = context.Connection.RemoteIpAddress;
        var isOurs = !HomelabKey.IdOf(credential.Key).IsEmpty;
        if (!local && !isOurs && _failures.IsBlocked(address))
        {
            return GatewayErrors.TooManyFailures;
        }

        principal = keys.Find(credential.Key, _time.GetUtcNow());
        if (principal is null && local && !context.Request.Headers.ContainsKey(MachineHeaders.Hops))
        {
            // SDKs insist on a key, so users of a keyless loopback send any ("ollama", "sk-x"). A machine whose credential is out of date is no such user:
            // its hops would not be counted any more.
            principal = Principal.Local;
        }

        if (principal is null)
        {
            var blocked = isOurs && _failures.IsBlocked(address);
            _failures.CountFailure(address);
            return blocked ? GatewayErrors.TooManyFailures : GatewayErrors.InvalidApiKey;
        }

        return null;
    }

    /// <summary>Both ends on loopback, and no proxy or tunnel in between that says it carries somebody else's request.</summary>
    private static bool IsLoopback(HttpContext context)
    {
        var connection = context.Connection;
        if (connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote) || connection.LocalIpAddress is not { } localAddress || !IPAddress.IsLoopback(localAddress))
        {
            return false;
        }

        var headers = context.Request.Headers;
        return !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Real-IP") && !headers.ContainsKey("Cf-Connecting-Ip");
    }

    /// <summary>A link to the dashboard from another site: a top-level navigation, whose answer that site cannot read.</summary>
    private static bool IsLinkToStartPage(HttpContext context) => HttpMethods.IsGet(context.Request.Method)
        && string.Equals(context.Request.Path.Value, "/", StringComparison.Ordinal)
        && string.Equals(context.Request.Headers["Sec-Fetch-Mode"], "navigate", StringComparison.OrdinalIgnoreCase);
}
