using Homelab.Domain.Residency;

namespace Homelab.Gateway;

/// <summary>The gateway's one seam: from a demand to a lease or a refusal. The daemon's router looks at this machine first; the hub's at the cluster.</summary>
internal interface IModelRouter
{
    /// <summary>Finds a replica for the demand, loading and evicting as needed. Completes synchronously when the model is hot.
    /// Cancelling leaves nothing behind; a load that was started goes on.</summary>
    ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation);

    /// <summary>Whether the model exists and could ever be served: the question to ask before an early <c>200</c> is sent. Null: yes.</summary>
    Refusal? CheckServable(Demand demand);

    /// <summary>Where to send what needs no lease because it loads nothing (<c>/api/show</c>, <c>/api/version</c>, pulls); null while the engine is down.</summary>
    /// <param name="model">The model the request names, resolved like a demand's; null where it names none.</param>
    /// <param name="upstreamModel">The name that the upstream knows it by.</param>
    Upstream? FindEngine(string? model, out string? upstreamModel);

    /// <summary>What can be served now. Never loads anything, never waits for an engine.</summary>
    IReadOnlyList<ServableModel> ListModels();

    /// <summary>Unloads a model once nobody uses it, for Ollama's own <c>keep_alive: 0</c>. Returns as soon as that is decided, not when the
    /// memory is free. The gateway has checked that the caller may.</summary>
    /// <returns>False where there is no such model; true also where it was not loaded.</returns>
    Task<bool> UnloadAsync(string model, Principal principal, CancellationToken cancellation);
}
