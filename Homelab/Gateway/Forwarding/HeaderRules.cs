using System.Collections.Frozen;
using Homelab.Gateway.Transport;
using Microsoft.Extensions.Primitives;

namespace Homelab.Gateway.Forwarding;

/// <summary>Which headers pass. Both ways everything does but what belongs to one connection; to the upstream no host, origin, credential, cookie or
/// forwarding header either, and to the client nothing that is ours to say.</summary>
internal static class HeaderRules
{
    private static readonly FrozenSet<string> OfOneConnection = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "HTTP2-Settings",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Credentials, what browsers and proxies say of the client, and what the gateway has dealt with itself.</summary>
    private static readonly FrozenSet<string> KeptFromUpstream = OfOneConnection.Concat(
    [
        "Host", "Authorization", "x-api-key", "api-key", "Cookie", "Origin", "Referer", "Forwarded", "Via", "Expect", "Content-Type", "Content-Encoding",
        "Accept-Encoding", "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "x-real-ip", "x-client-ip",
        "X-Content-Length", "X-Content-Type", "X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL", RequestIds.Header,
    ]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] KeptPrefixes = ["x-forwarded-", "sec-", "proxy-", "access-control-", "x-homelab-", "cf-"];

    private static readonly FrozenSet<string> KeptFromClient = OfOneConnection.Concat(
    [
        "Proxy-Authenticate", "Proxy-Authorization", "Date", "Server", "Set-Cookie", "Alt-Svc", "Strict-Transport-Security", RequestIds.Header, MachineHeaders.Refused,
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    ]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <param name="from">The client's.</param>
    /// <param name="to">Has its <c>Host</c> already.</param>
    /// <param name="requestId">Ours.</param>
    public static void CopyUp(IHeaderDictionary from, RequestHead to, string requestId)
    {
        var connection = from.Connection;
        foreach (var (name, values) in from)
        {
            if (KeptFromUpstream.Contains(name) || IsPrefixed(name) || (connection.Count > 0 && Names(connection, name)))
            {
                continue;
            }

            foreach (var value in values)
            {
                to.Add(name, value);
            }
        }

        to.Add("Accept-Encoding", "identity");
        to.Add(RequestIds.Header, requestId);
    }

    public static void CopyDown(IReadOnlyList<KeyValuePair<string, string>> from, IHeaderDictionary to)
    {
        var connection = StringValues.Empty;
        for (var i = 0; i < from.Count; i++)
        {
            connection = from[i].Key.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? StringValues.Concat(connection, from[i].Value) : connection;
        }

        for (var i = 0; i < from.Count; i++)
        {
            var (name, value) = from[i];
            if (!KeptFromClient.Contains(name) && !(connection.Count > 0 && Names(connection, name)))
            {
                to[name] = to.TryGetValue(name, out var before) ? StringValues.Concat(before, value) : value;
            }
        }
    }

    private static bool IsPrefixed(string name)
    {
        // No lambda: it would capture the name, and allocate for every header of every request.
        foreach (var prefix in KeptPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <c>Connection</c> lists a header: then it is for this connection alone (RFC 9110, section 7.6.1). Kestrel keeps only the word where
    /// the list holds <c>close</c> or <c>keep-alive</c>.</summary>
    private static bool Names(StringValues connection, string name)
    {
        foreach (var list in connection)
        {
            foreach (var range in list.AsSpan().Split(','))
            {
                if (list.AsSpan()[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
