using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>Tier 3: whether a request that this machine cannot serve goes to the hub, and under which name. Decided from one reading of the link; changes nothing.</summary>
/// <param name="Verdict">Whether it goes there.</param>
/// <param name="Upstream">The hub; null unless it does.</param>
/// <param name="Name">The name that the hub knows the model by.</param>
/// <param name="Listed">The model as the cluster lists it; null where it does not, or has not told.</param>
internal readonly record struct Delegation(DelegationVerdict Verdict, Upstream? Upstream, string Name, ClusterModel? Listed)
{
    /// <summary>For usage and metrics where the cluster's names are not known yet: what a client wrote never becomes a label.</summary>
    private const string Unlisted = "unlisted";

    /// <summary>Canonical name, for usage and metrics.</summary>
    public string Canonical => Listed?.Name ?? Unlisted;

    /// <summary>Whether the request goes to the hub.</summary>
    public bool IsSend => Verdict == DelegationVerdict.Send;

    /// <param name="hub">Null: none is configured.</param>
    /// <param name="asked">The name as the client wrote it.</param>
    /// <param name="targets">What this machine's own configuration says that it stands for, in order of rank: the hub need not know the alias.</param>
    /// <param name="hops">How often the request was delegated before.</param>
    /// <param name="excluded">Who could not serve it.</param>
    /// <param name="trustsList">Whether a model that the cluster did not list is taken for one that nobody has. The list is as old as the last heartbeat: a machine that has
    /// just joined is not on it, and only the hub itself knows.</param>
    public static Delegation Of(IHubDelegate? hub, string asked, ImmutableArray<ModelName> targets, int hops, ImmutableArray<string> excluded, bool trustsList = true)
    {
        if (hub is null || excluded.Contains(Upstream.Hub))
        {
            return new Delegation(DelegationVerdict.NoHub, null, asked, null);
        }

        var models = hub.Models;
        var (name, listed) = (asked, models.Find(asked));
        for (var i = 0; listed is null && i < targets.Length; i++)
        {
            (name, listed) = (targets[i].Value, models.Find(targets[i].Value));
        }

        if (listed is null && !targets.IsEmpty)
        {
            name = targets[0].Value;
        }

        var verdict = hub.State != HubState.Connected || hub.Upstream is null ? DelegationVerdict.Unreachable
            : listed is null && models.IsKnown && (trustsList || hops > 0) ? DelegationVerdict.NotListed
            : hops > 0 ? DelegationVerdict.Loop
            : DelegationVerdict.Send;
        return new Delegation(verdict, verdict == DelegationVerdict.Send ? hub.Upstream : null, name, listed);
    }
}
