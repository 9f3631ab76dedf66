using System.Collections.Frozen;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>What a request may ask for by name, and where it goes. Immutable; one volatile read a request.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="Upstream">Where the engine listens; null while it was never reached.</param>
/// <param name="Routes">By every spelling a client may use: canonical name, name without <c>:latest</c>, alias. Case does not matter.</param>
internal sealed record RoutingSnapshot(long Version, Upstream? Upstream, FrozenDictionary<string, NamedRoute> Routes)
{
    public static RoutingSnapshot Empty { get; } =
        new(0, null, FrozenDictionary<string, NamedRoute>.Empty);
}
