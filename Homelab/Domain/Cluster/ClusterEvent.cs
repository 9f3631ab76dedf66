using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Cluster;

/// <summary>Something that happened; the only input of the cluster's reducer. Closed set.</summary>
internal abstract record ClusterEvent
{
    private ClusterEvent()
    {
    }

    /// <summary>At the hub's start: a node that the store knows.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Name">Its name, unique in the store.</param>
    /// <param name="BootId">The run that spoke for it last; empty where none did.</param>
    /// <param name="OldBoots">Runs before that.</param>
    /// <param name="Draining">The operator's wish.</param>
    public sealed record NodeKnown(string Id, string Name, string BootId, ImmutableArray<string> OldBoots, bool Draining) : ClusterEvent
    {
        /// <summary>When it joined first, by the wall clock of back then; null where it is not known.</summary>
        public DateTimeOffset? FirstSeen { get; init; }

        /// <summary>What was measured of its models before.</summary>
        public ImmutableDictionary<ModelName, ModelMeasure> Measures { get; init; } = ImmutableDictionary<ModelName, ModelMeasure>.Empty;
    }

    /// <summary>A node got its credential, for the first time or again.</summary>
    public sealed record NodeJoined(string Id, string Name, string Version) : ClusterEvent;

    /// <summary>The operator removed a node; its credential is revoked already.</summary>
    public sealed record NodeRemoved(string Id) : ClusterEvent;

    /// <summary>The operator wants nothing new on a node.</summary>
    public sealed record DrainWanted(string Id) : ClusterEvent;

    /// <summary>The operator wants it back.</summary>
    public sealed record ResumeWanted(string Id) : ClusterEvent;

    /// <summary>A heartbeat arrived; judged by <see cref="ClusterEffect.BeatJudged"/>.</summary>
    /// <param name="Ticket">The caller's, to find the HTTP request again.</param>
    /// <param name="Report">What it said.</param>
    /// <param name="InFlight">This hub's requests at the node's replicas when it arrived; models that are left out have none.</param>
    public sealed record BeatArrived(long Ticket, HeartbeatReport Report, ImmutableArray<(ModelName Model, int Count)> InFlight) : ClusterEvent;

    /// <summary>The connection of a held heartbeat broke, or connecting to the node was refused.</summary>
    /// <param name="Id">Which node.</param>
    /// <param name="BootId">The run that it was; a newer one is not meant. Null: whichever speaks for it.</param>
    public sealed record ContactLost(string Id, string? BootId) : ClusterEvent;

    /// <summary>Time passed. Sent about once a second.</summary>
    public sealed record Tick : ClusterEvent;

    /// <summary>A request that no replica in memory can take at once; answered by <see cref="ClusterEffect.Answer"/>.</summary>
    public sealed record LeaseWanted(ClusterWaiter Waiter) : ClusterEvent;

    /// <summary>A waiter left (its client is gone).</summary>
    public sealed record WaiterLeft(long WaiterId) : ClusterEvent;

    /// <summary>A node refused a request because its daemon is stopping: sooner than its next heartbeat says it.</summary>
    /// <param name="Id">Which node.</param>
    /// <param name="BootId">The run that it was; a newer one is not meant.</param>
    public sealed record NodeStopping(string Id, string BootId) : ClusterEvent;

    /// <summary>The hub's own names for models changed: whoever keeps the list must read it again.</summary>
    public sealed record NamesChanged : ClusterEvent;

    /// <summary>An operator orders something; ends in <see cref="ClusterEffect.CommandEnded"/>. A load that names no node goes where placement has it go.</summary>
    public sealed record CommandWanted(ClusterCommand Command) : ClusterEvent;
}
