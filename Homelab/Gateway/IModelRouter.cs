using Homelab.Domain.Residency;

namespace Homelab.Gateway;

/// <summary>The gateway's one seam: from a demand to a lease or a refusal. The daemon's router looks at this machine first; the hub's at the cluster.
/// A router alone knows what an alias stands for, so it is the one who holds a principal to its models.</summary>
internal interface IModelRouter
{
    /// <summary>Finds a replica for the demand, loading and evicting as needed. Completes synchronously when the model is hot.
    /// Cancelling leaves nothing behind; a load that was started goes on.</summary>
    ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation);

    /// <summary>Whether the model exists and could ever be served: the question to ask before an early <c>200</c> is sent. Null: yes.</summary>
    Refusal? CheckServable(Demand demand);

    /// <summary>Told at once, before the lease is returned, that its upstream gave no answer. Must not wait for anything. The request may come back with a demand
    /// that excludes the upstream.</summary>
    /// <param name="lease">Still held.</param>
    /// <param name="failure">What happened.</param>
    /// <param name="code">The refusal's <c>error.code</c> where it refused.</param>
    void Failed(ILease lease, LeaseFailure failure, string? code);

    /// <summary>Where to send what needs no lease because it loads nothing (<c>/api/show</c>, <c>/api/version</c>, pulls).</summary>
    EngineOutcome FindEngine(EngineDemand demand);

    /// <summary>What the principal may use now. Never loads anything, never waits for an engine.</summary>
    IReadOnlyList<ServableModel> ListModels(Principal principal);

    /// <summary>Unloads a model once nobody uses it, for Ollama's own <c>keep_alive: 0</c>. Returns as soon as that is decided, not when the
    /// memory is free. The gateway has checked that the caller may.</summary>
    /// <returns>False where there is no such model; true also where it was not loaded.</returns>
    Task<bool> UnloadAsync(string model, Principal principal, CancellationToken cancellation);
}
