using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Cluster;

/// <summary>One application of one event: the snapshot as it changes, and the effects collected on the way. Lives on the stack of
/// <see cref="ClusterReducer.Apply"/> and is never seen outside, so that the reducer as a whole stays a pure function.</summary>
internal sealed class ClusterTurn(ClusterSnapshot snapshot, IDispatchReading dispatches, TimeSpan now)
{
    private readonly ImmutableArray<ClusterEffect>.Builder _effects = ImmutableArray.CreateBuilder<ClusterEffect>();
    private readonly SortedSet<string> _deliver = new(StringComparer.Ordinal);

    public ClusterSnapshot Snapshot { get; set; } = snapshot;

    public TimeSpan Now { get; } = now;

    public TurnDispatches Dispatches { get; } = new(dispatches);

    public ClusterPolicy Policy => Snapshot.Policy;

    public NodeSnapshot? Find(string id) => Snapshot.Nodes.Find(id);

    public void Put(NodeSnapshot node) => Snapshot = Snapshot with { Nodes = Snapshot.Nodes.With(node) };

    /// <summary>Notes that what <c>/v1/models</c> shows has changed.</summary>
    public void ModelsChanged() => Snapshot = Snapshot with { ModelsVersion = Snapshot.ModelsVersion + 1 };

    public void Put(ClusterWaiter waiter) => Snapshot = Snapshot with { Waiters = Snapshot.Waiters.SetItem(waiter.Id, waiter) };

    public void Put(PendingLoad load) => Snapshot = Snapshot with { Loads = Snapshot.Loads.With(load) };

    public void Put(ClusterCommand command) => Snapshot = Snapshot with { Commands = Snapshot.Commands.SetItem(command.Id, command) };

    public void Add(ClusterEffect effect) => _effects.Add(effect);

    /// <summary>Something waits for the node; said once at the end.</summary>
    public void Deliver(string node) => _deliver.Add(node);

    public PlacementDecision Decide(in PlacementDemand demand) => PlacementPlanner.Decide(Snapshot.Placement, demand, Dispatches, Now);

    public void Announce(string type, NodeSnapshot? node, ModelName? model, string message, params ReadOnlySpan<(string Name, string Value)> data) =>
        Add(new ClusterEffect.Announce(Announcement.Of(type, model, message, data), node?.Name));

    public ClusterStep End()
    {
        foreach (var node in _deliver)
        {
            if (Find(node) is not null)
            {
                Add(new ClusterEffect.Deliver(node));
            }
        }

        return new ClusterStep(Snapshot, _effects.ToImmutable());
    }
}
