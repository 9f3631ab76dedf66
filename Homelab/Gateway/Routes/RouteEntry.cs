using Homelab.Gateway.Access;
using Homelab.Gateway.Bodies;

namespace Homelab.Gateway.Routes;

/// <summary>One route of the client surface.</summary>
/// <param name="Template">For metrics, and the path asked of the upstream where it holds no parameter.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Dialect">Shape of errors and streams.</param>
/// <param name="Rule">Who may.</param>
/// <param name="Methods">Allowed methods, as <c>Allow</c> lists them.</param>
internal sealed record RouteEntry(string Template, RouteKind Kind, Dialect Dialect, AccessRule Rule, string Methods)
{
    private readonly string[] _methods = Methods.Split(", ", StringSplitOptions.RemoveEmptyEntries);

    private UpstreamAddress? _last;

    /// <summary>How a body must differ on its way to an engine.</summary>
    public EditRules Edits { get; init; }

    /// <summary>Whether a body that does not say <c>stream</c> asks for one.</summary>
    public bool StreamsByDefault { get; init; }

    /// <summary>Whether a stream of this route is one of server-sent events, which can carry comments while it waits.</summary>
    public bool StreamsEvents { get; init; }

    /// <summary>Whether the template is the path itself.</summary>
    public bool IsExact { get; init; } = true;

    public bool Allows(string method) => _methods.Contains(method, StringComparer.Ordinal);

    /// <summary>The upstream's address for a request of this route. The last one is kept, because nearly all are the same.</summary>
    public Uri AddressAt(Upstream upstream, HttpRequest request)
    {
        if (!IsExact || request.QueryString.HasValue)
        {
            return new Uri(upstream.BaseAddress, (IsExact ? Template : request.Path.ToUriComponent()) + request.QueryString.ToUriComponent());
        }

        if (_last is { } last && ReferenceEquals(last.Upstream, upstream))
        {
            return last.Address;
        }

        _last = new UpstreamAddress(upstream, new Uri(upstream.BaseAddress, Template));
        return _last.Address;
    }

    /// <summary>The route's address at the engine last used.</summary>
    private sealed record UpstreamAddress(Upstream Upstream, Uri Address);
}
