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

    /// <summary>How a body must differ on its way to an engine.</summary>
    public EditRules Edits { get; init; }

    /// <summary>Whether a body that does not say <c>stream</c> asks for one.</summary>
    public bool StreamsByDefault { get; init; }

    /// <summary>Whether a stream of this route is one of server-sent events, which can carry comments while it waits.</summary>
    public bool StreamsEvents { get; init; }

    /// <summary>Whether the template is the path itself.</summary>
    public bool IsExact { get; init; } = true;

    /// <summary>Whether every method is for whoever is behind it.</summary>
    public bool AllowsAny { get; init; }

    public bool Allows(string method) => AllowsAny || _methods.Contains(method, StringComparer.Ordinal);

    /// <summary>Path and query to ask an upstream for; what is no template is passed on as it came.</summary>
    public string TargetOf(HttpRequest request) => IsExact && !request.QueryString.HasValue ? Template
        : (IsExact ? Template : request.Path.ToUriComponent()) + request.QueryString.ToUriComponent();
}
