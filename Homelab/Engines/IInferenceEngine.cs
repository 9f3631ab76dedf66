using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines;

/// <summary>What runs models on this node. All calls may throw <see cref="EngineException"/>; none retries a load or a generation.</summary>
internal interface IInferenceEngine : IAsyncDisposable
{
    /// <summary><c>ollama</c> or <c>simulated</c>.</summary>
    string Name { get; }

    /// <summary>Whether its answers are made up; shown wherever its models are.</summary>
    bool IsSimulated { get; }

    /// <summary>Where the gateway sends requests; null until the engine was reached once.</summary>
    EngineEndpoint? Endpoint { get; }

    /// <summary>Makes the engine run where that is ours to do (starts a child process, or the simulation). Idempotent; returns once the first try is over.</summary>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>Reads version, models on disk and models in memory. Loads nothing.</summary>
    Task<EngineInventory> ObserveAsync(CancellationToken cancellation);

    /// <summary>Reads a model's metadata. Loads nothing.</summary>
    Task<GgufFacts> InspectAsync(InstalledModel model, CancellationToken cancellation);

    /// <summary>The name under which requests and loads must name this model so that every path uses <paramref name="settings"/>;
    /// prepares it where the engine needs that (Ollama: a derived model that carries the context).</summary>
    Task<string> PrepareAsync(ModelName model, LoadSettings settings, CancellationToken cancellation);

    /// <summary>Loads and returns when the model can serve. On its own connection: no client's disconnect ends it.</summary>
    Task LoadAsync(string engineModel, bool isEmbedder, CancellationToken cancellation);

    /// <summary>Unloads and returns when the engine lists the model no longer.</summary>
    Task UnloadAsync(string engineModel, CancellationToken cancellation);

    /// <summary>Renews the engine's own timer for a loaded model, so that it never unloads on its own.</summary>
    Task TouchAsync(string engineModel, bool isEmbedder, CancellationToken cancellation);

    /// <summary>Downloads a model.</summary>
    IAsyncEnumerable<PullProgress> PullAsync(ModelName model, CancellationToken cancellation);

    /// <summary>Deletes a model from disk.</summary>
    Task DeleteAsync(ModelName model, CancellationToken cancellation);
}
