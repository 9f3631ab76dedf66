using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines;

/// <summary>What an engine had at one moment.</summary>
/// <param name="Version">As it reports itself.</param>
/// <param name="Installed">Models on disk; cloud models only where the configuration allows them; homelab's own derived models left out.</param>
/// <param name="Loaded">Replicas, derived models under the name of the model they derive from.</param>
/// <param name="Entries">The engine's own JSON entry of each installed model, by canonical name.</param>
/// <param name="LoadedEntries">The engine's own JSON entry of each loaded model, by canonical name.</param>
internal sealed record EngineInventory(
    string Version,
    ImmutableArray<InstalledModel> Installed,
    ImmutableArray<LoadedModelEntry> Loaded,
    ImmutableDictionary<ModelName, JsonElement> Entries,
    ImmutableDictionary<ModelName, JsonElement> LoadedEntries)
{
    /// <summary>What the engine gives a load that names nothing.</summary>
    public EngineDefaults Defaults { get; init; } = EngineDefaults.Unknown;

    /// <summary>Where the engine would make room by itself.</summary>
    public EngineLimits Limits { get; init; } = EngineLimits.None;
}
