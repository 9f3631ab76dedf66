using System.Text.Json;

namespace Homelab.Gateway;

/// <summary>One line of <c>/v1/models</c>, <c>/api/tags</c> and <c>/api/ps</c>.</summary>
/// <param name="Name">Canonical name or alias, as clients should write it.</param>
/// <param name="IsAlias">Whether it is an alias.</param>
/// <param name="State">The node's word for it: <c>hot</c>, <c>loading</c>, <c>on_disk</c>...</param>
/// <param name="Created">When it was installed; Unix seconds on <c>/v1/models</c>.</param>
/// <param name="EngineEntry">The engine's own entry in <c>/api/tags</c>, passed on as it came; default for an alias or where there is none.</param>
/// <param name="LoadedEntry">The engine's own entry in <c>/api/ps</c>; default where it is not in memory.</param>
/// <param name="Simulated">Whether a simulated engine serves it; shown as <c>owned_by: "simulated"</c>.</param>
internal sealed record ServableModel(string Name, bool IsAlias, string State, DateTimeOffset Created, JsonElement EngineEntry, JsonElement LoadedEntry, bool Simulated)
{
    /// <summary>The canonical name of what an alias stands for; null for a name that is one itself.</summary>
    public string? Target { get; init; }

    /// <summary>Whether an app serves it, which speaks OpenAI's API alone.</summary>
    public bool IsApp { get; init; }

    /// <summary>Bytes on disk, for a model without an entry of an engine; 0 where not known.</summary>
    public long SizeBytes { get; init; }
}
