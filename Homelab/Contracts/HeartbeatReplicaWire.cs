namespace Homelab.Contracts;

/// <summary>A model in a node's memory, as a heartbeat tells it.</summary>
/// <param name="Model">Canonical name.</param>
/// <param name="State"><c>loading</c>, <c>hot</c>, <c>leased</c> or <c>unloading</c>.</param>
/// <param name="Bytes">Memory held over all devices; while loading, the estimate.</param>
/// <param name="Allocation">Where it lies.</param>
/// <param name="Leases">Requests being served on it, whoever sent them.</param>
/// <param name="Capacity">Requests that it serves at the same time.</param>
/// <param name="Waiting">Requests that wait for it at the node.</param>
/// <param name="IdleSeconds">Since its last use.</param>
/// <param name="KeptSeconds">Until it may be evicted for another model; 0 now.</param>
/// <param name="ReloadSeconds">What loading it again would take.</param>
/// <param name="UsesPerSecond">Recent uses, decayed.</param>
/// <param name="EngineModel">The name under which the engine serves it.</param>
/// <param name="Pinned">Whether it is never evicted nor unloaded for idleness.</param>
/// <param name="Protected">Whether it is never evicted.</param>
/// <param name="Context">Tokens of context it was loaded with; absent where not known.</param>
/// <param name="RemainingLoadSeconds">While loading: expected time left.</param>
/// <param name="ServiceSeconds">Mean duration of its requests; absent until one was measured.</param>
/// <param name="PrefillTokensPerSecond">Measured; absent until then.</param>
/// <param name="DecodeTokensPerSecond">Measured; absent until then.</param>
internal sealed record HeartbeatReplicaWire(
    string Model,
    string State,
    long Bytes,
    IReadOnlyList<AllocationWire> Allocation,
    int Leases,
    int Capacity,
    int Waiting = 0,
    double IdleSeconds = 0,
    double KeptSeconds = 0,
    double ReloadSeconds = 0,
    double UsesPerSecond = 0,
    string? EngineModel = null,
    bool Pinned = false,
    bool Protected = false,
    int? Context = null,
    double? RemainingLoadSeconds = null,
    double? ServiceSeconds = null,
    double? PrefillTokensPerSecond = null,
    double? DecodeTokensPerSecond = null);
