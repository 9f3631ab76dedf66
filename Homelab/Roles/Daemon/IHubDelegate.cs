using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>The hub as the router sees it: who takes what this machine cannot serve (tier 3). Read by every request that leaves the fast path: each member is one
/// volatile read, and together they may be of different moments.</summary>
internal interface IHubDelegate
{
    /// <summary>Where it is, as people know it.</summary>
    string Address { get; }

    HubState State { get; }

    /// <summary>Why it is not connected; null where there is no reason known.</summary>
    string? Problem { get; }

    /// <summary>Its client surface: no engine, with this machine's credential and without a node's id. Null until this machine has joined; stays the same
    /// instance for as long as address and credential do.</summary>
    Upstream? Upstream { get; }

    /// <summary>The cluster's models as last told; <see cref="ClusterModels.Unknown"/> before that, kept while the hub does not answer.</summary>
    ClusterModels Models { get; }

    /// <summary>Ends when the hub has been silent for too long: an answer that has not begun by then is not waited for any longer.</summary>
    CancellationToken Lost => CancellationToken.None;
}
