using System.Text.Json;

namespace Homelab.Contracts;

/// <summary>A model on a node's disk.</summary>
/// <param name="Model">Canonical name.</param>
/// <param name="Digest">Of its manifest; empty where the engine tells none.</param>
/// <param name="SizeBytes">On disk.</param>
/// <param name="MemoryBytes">What the node would reserve for it, as it reckons or has measured.</param>
/// <param name="LoadSeconds">What loading it takes there, as it reckons or has measured.</param>
/// <param name="Aliases">Other names that the node's configuration gives it.</param>
/// <param name="Capabilities">As the engine names them.</param>
/// <param name="Context">Tokens of context that it would be loaded with; absent where not known.</param>
/// <param name="Embedder">Whether it makes embeddings.</param>
/// <param name="Pinned">Whether the node's configuration pins it.</param>
/// <param name="Protected">Whether the node's configuration protects it.</param>
/// <param name="Failure">Why its last load failed, while the node backs off.</param>
/// <param name="Entry">The engine's own entry in <c>/api/tags</c>, as it came.</param>
/// <param name="App">Name of the app that serves it, as <c>model</c> says itself for the app's own name (<c>apps/NAME</c>); absent for a model of the engine.</param>
/// <param name="VramBytes">Of an app, with its own name: what it takes of GPUs.</param>
/// <param name="IdleTimeoutSeconds">Likewise: after which idle time it is stopped; 0 for never.</param>
/// <param name="Spelling">Of a model that an app serves: as its manifest writes it; absent where that is the canonical name.</param>
internal sealed record InventoryModelWire(
    string Model,
    string Digest,
    long SizeBytes,
    long MemoryBytes,
    double LoadSeconds,
    IReadOnlyList<string>? Aliases = null,
    IReadOnlyList<string>? Capabilities = null,
    int? Context = null,
    bool Embedder = false,
    bool Pinned = false,
    bool Protected = false,
    ModelFailureWire? Failure = null,
    JsonElement? Entry = null,
    string? App = null,
    long VramBytes = 0,
    double IdleTimeoutSeconds = 0,
    string? Spelling = null);
