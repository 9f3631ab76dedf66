using System.Collections.Immutable;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>Routes a demand in the cluster: to a replica in memory by expected seconds, at once; else it waits for the cluster's loop, which has the model loaded
/// where that is soonest.</summary>
internal sealed class HubRouter : IModelRouter
{
    private readonly HubParts _parts;
    private readonly PrefixMemory _prefixes;
    private volatile bool _draining;

    public HubRouter(HubParts parts)
    {
        _parts = parts;
        _prefixes = new PrefixMemory(parts.Clock.Time);
        Desk = new PlacementDesk(parts.Loop, Dispatch);
    }

    /// <summary>The requests that wait.</summary>
    public PlacementDesk Desk { get; }

    public bool IsDraining => _draining;

    /// <summary>From now on every demand is refused with <c>draining</c>.</summary>
    public void StartDraining() => _draining = true;

    public ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation)
    {
        if (_draining)
        {
            return new ValueTask<RouteOutcome>(RouteOutcome.Of(HubRefusals.Draining));
        }

        var (targets, refusal) = Resolve(demand);
        if (refusal is not null)
        {
            return new ValueTask<RouteOutcome>(RouteOutcome.Of(refusal));
        }

        var snapshot = _parts.Loop.Snapshot;
        var began = _parts.Clock.Now;
        var (placed, decision) = Choose(snapshot, demand, targets, began);
        switch (decision)
        {
            case PlacementDecision.Route route when Dispatch(route.Node.Id, placed.Model, true) is { } dispatch:
                return new ValueTask<RouteOutcome>(RouteOutcome.Of(Lease(demand, placed, route.Replica, dispatch, "cluster-hot", TimeSpan.Zero, TimeSpan.Zero)));
            case PlacementDecision.Queue queue when Dispatch(queue.Node.Id, placed.Model, false) is { } dispatch:
                return new ValueTask<RouteOutcome>(RouteOutcome.Of(Lease(demand, placed, null, dispatch, "cluster-cold", TimeSpan.Zero, TimeSpan.Zero)));
            case PlacementDecision.Route or PlacementDecision.Queue or PlacementDecision.Load:
                return WaitAsync(demand, placed, began, cancellation);
            case PlacementDecision.NotInstalled or PlacementDecision.NoLiveNodes when ClusterGathering.IsUnderWay(snapshot, began):
                return WaitAsync(demand, placed, began, cancellation);
            default:
                return new ValueTask<RouteOutcome>(RouteOutcome.Of(HubRefusals.Of(decision, placed.Model, began)!));
        }
    }

    public Refusal? CheckServable(Demand demand)
    {
        if (_draining)
        {
            return HubRefusals.Draining;
        }

        var (targets, refusal) = Resolve(demand);
        if (refusal is not null)
        {
            return refusal;
        }

        var now = _parts.Clock.Now;
        var snapshot = _parts.Loop.Snapshot;
        var (placed, decision) = Choose(snapshot, demand, targets, now);
        return decision is PlacementDecision.NotInstalled or PlacementDecision.NoLiveNodes && ClusterGathering.IsUnderWay(snapshot, now) ? null : HubRefusals.Of(decision, placed.Model, now);
    }

    public void Failed(ILease lease, LeaseFailure failure, string? code)
    {
        if (failure == LeaseFailure.Refused && code == "draining" && lease is HubLease { Dispatch: { Straight: false, Node: var stopping } })
        {
            _parts.Loop.TryPost(new ClusterEvent.NodeStopping(stopping.Id, stopping.BootId));
            return;
        }

        // A connection that is refused says more of the node than its last heartbeat, and its next one takes that back. One that ends without an answer does
        // so only where no heartbeat is held: a daemon that is gone would have let go of that too, and one broken request must not cost a node its work.
        if (lease is HubLease { Dispatch: { Straight: false } dispatch }
            && (failure == LeaseFailure.Unreachable || (failure == LeaseFailure.Closed && !_parts.Beats.IsHeld(dispatch.Node.Id))))
        {
            _parts.Loop.TryPost(new ClusterEvent.ContactLost(dispatch.Node.Id, dispatch.Node.BootId));
        }
    }

    public EngineOutcome FindEngine(EngineDemand demand)
    {
        var snapshot = _parts.Loop.Snapshot;
        if (demand.Model is not { } asked)
        {
            return EngineOutcome.Of(Best(snapshot, static n => n.LargestBudget.Bytes), null);
        }

        var (allowed, denied) = _parts.Catalog.NamesFor(demand.Principal, asked);
        if (denied is not null)
        {
            return EngineOutcome.Of(denied);
        }

        foreach (var name in allowed)
        {
            if (Best(snapshot, n => n.Find(name) is { IsHot: true } ? 2 : n.Inventory.Models.ContainsKey(name) ? 1 : 0, atLeast: 1, demand.Reads) is { } having)
            {
                return EngineOutcome.Of(having, name.Value);
            }
        }

        // A pull of what nobody has: where the most room is.
        return demand.Reads || Best(snapshot, static n => n.LargestBudget.Bytes) is not { } roomy
            ? EngineOutcome.Of(snapshot.Nodes.Any(n => n.TakesWork) ? Refusals.NotOnAnyNode(asked) : HubRefusals.Of(new PlacementDecision.NoLiveNodes("no machine takes work"), default, default)!)
            : EngineOutcome.Of(roomy, asked);
    }

    public IReadOnlyList<ServableModel> ListModels(Principal principal) => _parts.Catalog.List(principal);

    public async Task<bool> UnloadAsync(string model, Principal principal, CancellationToken cancellation)
    {
        var found = false;
        foreach (var name in _parts.Catalog.Names(model))
        {
            foreach (var node in _parts.Loop.Snapshot.Nodes)
            {
                found |= node.Inventory.Models.ContainsKey(name);
                if (node.Find(name) is { IsHot: true })
                {
                    await _parts.Commands.PostAsync(CommandKind.Unload, node.Id, name, HubSettings.UnloadTimeout, cancellation).ConfigureAwait(false);
                }
            }
        }

        return found;
    }

    /// <summary>Counts a request as under way; null where the node cannot be reached.</summary>
    public Dispatch? Dispatch(string nodeId, ModelName model, bool hot)
    {
        if (_parts.Links.Find(nodeId) is not { } link || _parts.Loop.Snapshot.Nodes.Find(nodeId) is not { } node)
        {
            return null;
        }

        // Only what is in memory of the engine goes straight to an engine: nothing may ever make that load by itself.
        var straight = hot && link.Engine is not null && node.Inventory.Models.GetValueOrDefault(model)?.App is null;
        var counter = _parts.Dispatches.Counter(nodeId, model);
        if (counter.Take(straight))
        {
            _parts.Beats.LeasesChanged(nodeId);
        }

        return new Dispatch(node, straight ? link.Engine! : link.Daemon, straight, counter, _parts.Beats);
    }

    private static long SeedOf(string requestId) => (long)XxHash64.HashToUInt64(MemoryMarshal.AsBytes(requestId.AsSpan()));

    /// <param name="snapshot">The cluster.</param>
    /// <param name="worth">The more the better; below <paramref name="atLeast"/> is none.</param>
    /// <param name="atLeast">What it must be worth.</param>
    /// <param name="reads">Whether it only reads, which a machine that takes no new work still answers.</param>
    private Upstream? Best(ClusterSnapshot snapshot, Func<NodeSnapshot, long> worth, long atLeast = 0, bool reads = false)
    {
        Upstream? best = null;
        var most = long.MinValue;
        foreach (var node in snapshot.Nodes)
        {
            if ((node.TakesWork || (reads && node is { Liveness: Liveness.Live, EngineUp: true })) && _parts.Links.Find(node.Id) is { } link && worth(node) is var value && value >= atLeast && value > most)
            {
                (best, most) = (link.Daemon, value);
            }
        }

        return best;
    }

    /// <summary>The models that a name stands for, in order of rank, as far as the caller may use them.</summary>
    private (ImmutableArray<ModelName> Targets, Refusal? Refusal) Resolve(Demand demand)
    {
        var (names, denied) = _parts.Catalog.NamesFor(demand.Principal, demand.Model);
        return (names, denied ?? (names.IsEmpty ? Refusals.NotOnAnyNode(demand.Model) : null));
    }

    /// <summary>Of a ranked list the first that can be served without a load, else the first that can be served at all, else the first.</summary>
    private (PlacementDemand Demand, PlacementDecision Decision) Choose(ClusterSnapshot snapshot, Demand demand, ImmutableArray<ModelName> targets, TimeSpan now)
    {
        (PlacementDemand, PlacementDecision)? able = null;
        (PlacementDemand, PlacementDecision)? first = null;
        foreach (var target in targets)
        {
            var placed = new PlacementDemand(target)
            {
                PromptTokens = (int)Math.Min(int.MaxValue, demand.PromptBytes / 4),
                Origin = demand.Origin,
                Excluded = demand.Excluded,
                Affinity = _prefixes.Find(target, demand.Prefix, demand.PromptBytes),
                Seed = SeedOf(demand.RequestId),
            };
            var decision = PlacementPlanner.Decide(snapshot.Placement, placed, _parts.Dispatches, now);
            if (decision is PlacementDecision.Route)
            {
                return (placed, decision);
            }

            first ??= (placed, decision);
            if (able is null && decision is PlacementDecision.Load or PlacementDecision.Queue)
            {
                able = (placed, decision);
            }
        }

        return able ?? first!.Value;
    }

    private async ValueTask<RouteOutcome> WaitAsync(Demand demand, PlacementDemand placed, TimeSpan began, CancellationToken cancellation)
    {
        var longest = demand.MaximumWait is { } asked && asked < _parts.Settings.MaximumWait ? asked : _parts.Settings.MaximumWait;
        demand.Progress.Current = new ProgressReport("queued", placed.Model.Value, null, null);
        var (decision, dispatch) = await Desk.WaitAsync(placed, demand.Principal.Name, longest, demand.Progress, cancellation).ConfigureAwait(false);
        var waited = _parts.Clock.Now - began;
        return decision switch
        {
            PlacementDecision.Route route when dispatch is not null => RouteOutcome.Of(Lease(demand, placed, route.Replica, dispatch, "cluster-cold", waited, waited)),
            PlacementDecision.Queue when dispatch is not null => RouteOutcome.Of(Lease(demand, placed, null, dispatch, "cluster-cold", waited, TimeSpan.Zero)),
            PlacementDecision.Route or PlacementDecision.Queue => RouteOutcome.Of(HubRefusals.Of(new PlacementDecision.NoLiveNodes("the machine that was to serve it cannot be reached any more"), placed.Model, began)!),
            _ => RouteOutcome.Of(HubRefusals.Of(decision, placed.Model, _parts.Clock.Now)
                ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the cluster answered a waiter with {decision.GetType().Name}"))),
        };
    }

    private HubLease Lease(Demand demand, PlacementDemand placed, NodeReplica? replica, Dispatch dispatch, string tier, TimeSpan waited, TimeSpan loading)
    {
        _prefixes.Note(placed.Model, demand.Prefix, dispatch.Node.Id);

        // The client's own spelling is passed on where it is the model's name, so that the answer echoes it as the engine alone would.
        var isName = ModelName.TryParse(demand.Model, out var spelled) && spelled == placed.Model;
        var name = dispatch.Straight && replica is { EngineModel.Length: > 0 } && !string.Equals(replica.EngineModel, placed.Model.Value, StringComparison.OrdinalIgnoreCase) ? replica.EngineModel
            : isName ? demand.Model
            : placed.Model.Value;
        return new HubLease(dispatch, name, placed.Model.Value, tier, waited, loading, _parts.Links.LostToken(dispatch.Node.Id));
    }
}
