namespace Homelab.Contracts;

/// <summary>GET <c>/models</c>, one model.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="State">The fold over its nodes: <c>hot</c>, <c>loading</c>, <c>on_disk</c>, <c>pulling</c>, <c>sharded</c>, <c>absent</c> or <c>failed</c>.</param>
/// <param name="SizeBytes">On disk; 0 where absent.</param>
/// <param name="Nodes">Where it is.</param>
/// <param name="Aliases">Other names it answers to.</param>
/// <param name="Pinned">Loaded at start and never evicted.</param>
/// <param name="Protected">Never evicted once loaded.</param>
/// <param name="Context">Tokens of context that it is, or would be, loaded with; absent where not known yet.</param>
/// <param name="Simulated">Whether its answers are made up.</param>
/// <param name="Failure">Why its last load or pull failed.</param>
/// <param name="Capabilities">As the engine names them.</param>
/// <param name="Estimate">What it needs in memory on the machine that answers; absent in lists.</param>
/// <param name="Spelling">Of a model that an app serves: as its manifest writes it; absent where that is the canonical name.</param>
/// <param name="App">True where an app serves it.</param>
internal sealed record ModelWire(
    string Name,
    string State,
    long SizeBytes,
    IReadOnlyList<ModelNodeWire> Nodes,
    IReadOnlyList<string> Aliases,
    bool Pinned = false,
    bool Protected = false,
    int? Context = null,
    bool Simulated = false,
    ModelFailureWire? Failure = null,
    IReadOnlyList<string>? Capabilities = null,
    EstimateWire? Estimate = null,
    string? Spelling = null,
    bool? App = null);
