using System.Collections.Immutable;

namespace Homelab.Roles.Daemon;

/// <summary>Where one name leads: to a model, or for an alias to a ranked list of them.</summary>
/// <param name="Targets">In order of rank; one for a plain name.</param>
/// <param name="IsAlias">Whether the engine does not know the name itself.</param>
internal sealed record NamedRoute(ImmutableArray<RouteTarget> Targets, bool IsAlias);
