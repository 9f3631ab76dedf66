using System.Collections.Frozen;
using System.Globalization;
using System.Net.Http.Headers;

namespace Homelab.Gateway.Forwarding;

/// <summary>Which headers pass: to the upstream a closed set (no Host, Origin, key, cookie or forwarding header ever reaches an engine),
/// to the client everything but what belongs to one connection or is ours to say.</summary>
internal static class HeaderRules
{
    public const string Hops = "x-homelab-hops";

    private static readonly FrozenSet<string> PassedUp = new[]
    {
        "Accept", "Accept-Language", "User-Agent", "anthropic-version", "anthropic-beta", "OpenAI-Beta", "OpenAI-Organization", "OpenAI-Project",
        "x-session-id", "x-session-affinity", "traceparent", "tracestate",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> KeptBack = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Content-Length", "Date", "Server", "Set-Cookie", "Alt-Svc", "Strict-Transport-Security", RequestIds.Header,
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>How often the request was delegated before; a header that is no small number counts as often enough.</summary>
    public static int ReadHops(IHeaderDictionary headers) => headers[Hops] is not { Count: > 0 } values ? 0
        : int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var hops) && hops < 100 ? hops : 100;

    public static void CopyUp(IHeaderDictionary from, HttpRequestHeaders to, Upstream upstream, string requestId, int hops)
    {
        to.Host = upstream.HostHeader;
        foreach (var (name, values) in from)
        {
            if (PassedUp.Contains(name))
            {
                to.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        to.TryAddWithoutValidation("Accept-Encoding", "identity");
        to.TryAddWithoutValidation(RequestIds.Header, requestId);
        if (!upstream.IsEngine)
        {
            to.TryAddWithoutValidation(Hops, (hops + 1).ToString(CultureInfo.InvariantCulture));
        }
    }

    public static void CopyDown(HttpResponseMessage from, IHeaderDictionary to)
    {
        Copy(from.Headers.NonValidated, to);
        Copy(from.Content.Headers.NonValidated, to);
    }

    private static void Copy(HttpHeadersNonValidated from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from)
        {
            if (KeptBack.Contains(name))
            {
                continue;
            }

            if (values.Count == 1)
            {
                to[name] = values.ToString();
            }
            else
            {
                to[name] = values.ToArray();
            }
        }
    }
}
