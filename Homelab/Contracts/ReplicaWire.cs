namespace Homelab.Contracts;

/// <summary>A model in memory on one node.</summary>
/// <param name="Model">Canonical name.</param>
/// <param name="State"><c>loading</c>, <c>hot</c>, <c>leased</c> or <c>unloading</c>.</param>
/// <param name="Bytes">Memory held over all devices; while loading, the estimate.</param>
/// <param name="Leases">Requests being served on it.</param>
/// <param name="LastUsed">Last known use; absent while loading.</param>
/// <param name="Context">Tokens of context it was loaded with; absent where not known.</param>
/// <param name="Pinned">Whether it is never evicted nor unloaded for idleness; absent means no.</param>
/// <param name="Foreign">Whether somebody else loaded it behind the daemon's back; absent means no.</param>
/// <param name="IdleUnloadSeconds">Until it is unloaded if nobody uses it; absent: never, or in use.</param>
internal sealed record ReplicaWire(
    string Model,
    string State,
    long Bytes,
    int Leases,
    DateTimeOffset? LastUsed,
    int? Context = null,
    bool? Pinned = null,
    bool? Foreign = null,
    double? IdleUnloadSeconds = null);
