using System.Globalization;
using System.Net.Http.Headers;
using Homelab.Gateway.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Homelab.Gateway.Apps;

/// <summary>What an app is told beside the request itself: never a key of ours, and by whom and under which path it was asked. Another machine gets the path as it is, its
/// own credential, and the hop.</summary>
/// <param name="passing">The request.</param>
/// <param name="upstream">Where it goes.</param>
/// <param name="nodeId">This machine's; null where it is no node.</param>
internal sealed class AppHeaders(AppRequest passing, Upstream upstream, string? nodeId) : HttpTransformer
{
    private static readonly string[] Credentials = ["Authorization", "x-api-key", "api-key"];

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var path = upstream.IsEngine ? passing.Rest.Length == 0 ? "/" : passing.Rest : httpContext.Request.Path.Value!;
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(destinationPrefix, new PathString(path), httpContext.Request.QueryString);
        proxyRequest.Headers.Host = upstream.HostHeader;
        var headers = proxyRequest.Headers;
        foreach (var name in headers.Select(h => h.Key).Where(IsOurs).ToArray())
        {
            headers.Remove(name);
        }

        // A caller on loopback needs no key here, so what it sends may be meant for the app.
        if (passing.Caller.Kind != PrincipalKind.Local || !upstream.IsEngine)
        {
            foreach (var name in Credentials)
            {
                headers.Remove(name);
            }
        }

        headers.TryAddWithoutValidation(RequestIds.Header, passing.RequestId);
        if (upstream.IsEngine)
        {
            Introduce(httpContext, headers);
        }
        else
        {
            Delegate(headers);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var mine = httpContext.Response.Headers[RequestIds.Header];
        var route = httpContext.Response.Headers[RouteHeader.Name];
        foreach (var name in (string[])[MachineHeaders.Refused, RequestIds.Header, "Server", "Alt-Svc", "Strict-Transport-Security"])
        {
            proxyResponse?.Headers.Remove(name);
        }

        // Another machine has said who served it; an app has nothing to say of that.
        if (upstream.IsEngine)
        {
            proxyResponse?.Headers.Remove(RouteHeader.Name);
        }
        else if (proxyResponse?.Headers.Contains(RouteHeader.Name) == true)
        {
            httpContext.Response.Headers.Remove(RouteHeader.Name);
            route = default;
        }

        var copied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        httpContext.Response.Headers[RequestIds.Header] = mine;
        if (route.Count > 0)
        {
            httpContext.Response.Headers[RouteHeader.Name] = route;
        }

        return copied;
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("x-homelab-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase) || name.Equals("x-real-ip", StringComparison.OrdinalIgnoreCase) || name.Equals(RequestIds.Header, StringComparison.OrdinalIgnoreCase);

    /// <summary>Under which address the app was asked, so that it can make links that lead back.</summary>
    private void Introduce(HttpContext context, HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        headers.TryAddWithoutValidation("X-Forwarded-Host", context.Request.Host.Value);
        headers.TryAddWithoutValidation("X-Forwarded-Proto", context.Request.Scheme);
        headers.TryAddWithoutValidation("X-Forwarded-Prefix", AppPassage.Prefix + passing.Name);
    }

    private void Delegate(HttpRequestHeaders headers)
    {
        if (upstream.Credential is { } credential)
        {
            headers.TryAddWithoutValidation("Authorization", "Bearer " + credential);
        }

        headers.TryAddWithoutValidation(MachineHeaders.Hops, (passing.Hops + 1).ToString(CultureInfo.InvariantCulture));
        headers.TryAddWithoutValidation(MachineHeaders.Asker, passing.Asker.Name);
        if (nodeId is not null)
        {
            headers.TryAddWithoutValidation(MachineHeaders.Origin, nodeId);
        }
    }
}
