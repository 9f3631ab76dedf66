namespace Homelab.Contracts;

/// <summary>GET <c>/explain?model=</c>: what would be done about a request for a model now, and why. Asking changes nothing.</summary>
/// <param name="Model">Canonical name that was looked at.</param>
/// <param name="Asked">The name as asked, where it was an alias.</param>
/// <param name="Decision"><c>hot</c>, <c>loading</c>, <c>fits</c>, <c>evict_then_load</c>, <c>wait</c>, <c>would_evict_protected</c>,
/// <c>too_large</c>, <c>backing_off</c>, <c>unknown</c>, <c>not_installed</c>, <c>delegate</c> or <c>shard</c>; on a hub also <c>no_live_nodes</c>, <c>engine_down</c> or <c>not_permitted</c>.</param>
/// <param name="Why">One sentence or two.</param>
/// <param name="Chosen">Id of the chosen node; absent where none is.</param>
/// <param name="Estimate">Memory that it would need; absent where not known.</param>
/// <param name="Candidates">Every node looked at, the chosen first.</param>
internal sealed record ExplainWire(
    string Model,
    string? Asked,
    string Decision,
    string Why,
    string? Chosen,
    EstimateWire? Estimate,
    IReadOnlyList<CandidateWire> Candidates);
