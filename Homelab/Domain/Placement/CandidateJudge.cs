using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>Judges nodes for one demand: may it go there, and what would that cost. Allocates nothing.</summary>
internal readonly ref struct CandidateJudge
{
    private readonly PlacementSnapshot _snapshot;
    private readonly PlacementDemand _demand;
    private readonly IDispatchReading _dispatches;
    private readonly TimeSpan _now;
    private readonly PlacementModelPolicy _rules;
    private readonly bool _anyNode;

    public CandidateJudge(PlacementSnapshot snapshot, in PlacementDemand demand, IDispatchReading dispatches, TimeSpan now)
    {
        _snapshot = snapshot;
        _demand = demand;
        _dispatches = dispatches;
        _now = now;
        _rules = snapshot.Policy.For(demand.Model);
        _anyNode = demand.Origin is null && demand.Node is null && demand.Excluded.IsDefaultOrEmpty && _rules.RequiredLabels.IsEmpty;
    }

    /// <summary>Whether something other than the model keeps the demand off the node; null: nothing does.</summary>
    public CandidateVerdict? Barred(NodeSnapshot node) =>
        node.Liveness == Liveness.Left ? CandidateVerdict.Left
        : node.Liveness == Liveness.Lost ? CandidateVerdict.Lost
        : node.Liveness == Liveness.Suspect ? CandidateVerdict.Suspect
        : node.Draining ? CandidateVerdict.Draining
        : node.Stopping ? CandidateVerdict.Stopping
        : !node.EngineUp && node.Inventory.Models.GetValueOrDefault(_demand.Model)?.App is null ? CandidateVerdict.EngineDown
        : node.Address is null ? CandidateVerdict.Unreachable
        : _anyNode ? null
        : BarredByDemand(node);

    /// <summary>What is outstanding at a replica: requests of others, of this hub, and those that wait there.</summary>
    public int Outstanding(NodeSnapshot node, NodeReplica replica) =>
        replica.Foreign + replica.Waiting + _dispatches.InFlight(node.Id, replica.Model);

    /// <summary>The cost of a replica that is hot.</summary>
    /// <param name="node">A node that nothing bars.</param>
    /// <param name="replica">Its replica.</param>
    /// <param name="least">The least that is outstanding at any replica of the model, for the guard of affinity.</param>
    public Candidate Hot(NodeSnapshot node, NodeReplica replica, int least)
    {
        var outstanding = Outstanding(node, replica);
        var capacity = Math.Max(1, replica.Capacity);
        var cached = IsAffine(node, outstanding, least) ? Math.Clamp(_demand.Affinity.Fraction, 0, 1) : 0;
        var rate = replica.PrefillRate is > 0 and var measured ? measured : _snapshot.Policy.AssumedPrefillRate;

        // A busy engine shares its compute between those that it serves.
        var busy = Math.Min(1, (double)outstanding / capacity);
        var prefill = Tokens * (1 - cached) / rate * (1 + busy);
        return new Candidate(node, CandidateVerdict.Hot)
        {
            Replica = replica,
            Cost = new PlacementCost(Queue(outstanding, capacity, replica.ServiceTime), 0, 0, prefill, Flapping(node)),
        };
    }

    /// <summary>The verdict on a node that has the model on disk but not hot.</summary>
    /// <param name="node">A node that nothing bars.</param>
    /// <param name="model">The model there.</param>
    /// <param name="limit">Costs beyond this are of no interest; the verdict is right all the same, the victims may be others than the cheapest.</param>
    public Candidate Cold(NodeSnapshot node, NodeModel model, double limit)
    {
        var replica = node.Find(model.Name);
        var pending = _snapshot.Loads.Find(node.Id, model.Name);
        var coming = _dispatches.InFlight(node.Id, model.Name) + (replica?.Waiting ?? 0) + (pending?.Waiting ?? 0);
        var measured = node.Measures.GetValueOrDefault(model.Name);
        var queue = Queue(coming, Math.Max(1, measured?.Capacity ?? _snapshot.Policy.AssumedCapacity), measured?.ServiceTime);
        var prefill = Tokens / (measured?.PrefillRate is > 0 and var rate ? rate : _snapshot.Policy.AssumedPrefillRate);
        var load = model.LoadTime.TotalSeconds;
        if (pending is not null || replica is { State: ModelState.Loading })
        {
            var ready = replica?.ReadyAt ?? pending?.ReadyAt ?? _now + model.LoadTime;
            return new Candidate(node, CandidateVerdict.Loading)
            {
                Replica = replica,
                Model = model,
                Joins = pending,
                Cost = new PlacementCost(queue, Math.Max(Overdue, (ready - _now).TotalSeconds), 0, prefill, Flapping(node)),
            };
        }

        if (model.Failure is { } failure && _now < failure.RetryAt)
        {
            return new Candidate(node, CandidateVerdict.BackingOff) { Model = model };
        }

        if (model.Memory > node.LargestBudget)
        {
            return new Candidate(node, CandidateVerdict.TooLarge) { Model = model };
        }

        Span<long> room = stackalloc long[node.Memory.Count];
        node.Memory.Free.CopyTo(room);
        var leaving = TakePending(node, room);
        if (node.Memory.Fits(room, model.Memory.Bytes))
        {
            return new Candidate(node, CandidateVerdict.Fits) { Model = model, Cost = new PlacementCost(queue, load, 0, prefill, Flapping(node)) };
        }

        var idle = Movable(node, leaving, busyToo: false);
        if (idle != 0 && VictimChoice.Cheapest(node, idle, 0, room, model.Memory.Bytes, (limit - load) / Horizon) is var victims and not 0)
        {
            return new Candidate(node, CandidateVerdict.Evicts)
            {
                Model = model,
                Victims = victims,
                Cost = new PlacementCost(queue, load, EvictionSeconds(node, victims), prefill, Flapping(node) + Alternation(node, victims)),
            };
        }

        return Waits(node, model, room, leaving, idle, new PlacementCost(queue, load, 0, prefill, Flapping(node)));
    }

    /// <summary>What a node's loads that this hub has ordered leave of its room.</summary>
    /// <returns>Replicas that are expected to go for them: one bit each.</returns>
    public ulong TakePending(NodeSnapshot node, Span<long> room)
    {
        var leaving = 0UL;
        foreach (var load in _snapshot.Loads.On(node.Id))
        {
            if (load.Model == _demand.Model)
            {
                continue;
            }

            foreach (var victim in load.Victims)
            {
                for (var i = 0; i < Math.Min(64, node.Replicas.Length); i++)
                {
                    if (node.Replicas[i].Model == victim && node.Replicas[i].State != ModelState.Unloading && (leaving & (1UL << i)) == 0)
                    {
                        leaving |= 1UL << i;
                        node.Memory.Give(room, node.Replicas[i].Allocation);
                    }
                }
            }

            // A load that the node already shows is counted there.
            if (node.Find(load.Model) is null or { State: ModelState.Unloading })
            {
                node.Memory.Take(room, load.Allocation);
            }
        }

        return leaving;
    }

    // A load that should be over by now will be over soon.
    private const double Overdue = 0.5;

    private double Tokens => Math.Max(1, _demand.PromptTokens);

    private double Horizon => Math.Max(1e-3, _snapshot.Policy.EvictionHorizon.TotalSeconds);

    private Candidate Waits(NodeSnapshot node, NodeModel model, Span<long> room, ulong leaving, ulong idle, PlacementCost cost)
    {
        // Requests that already wait for it there share one load; another node would have to load it for this one alone.
        var apart = _dispatches.InFlight(node.Id, model.Name) > 0 ? 0 : cost.Load;
        var all = Movable(node, leaving, busyToo: true);
        if (all != 0 && VictimChoice.Cheapest(node, all, all & ~idle, room, model.Memory.Bytes, double.PositiveInfinity) is var victims and not 0)
        {
            return new Candidate(node, CandidateVerdict.Waits)
            {
                Model = model,
                Victims = victims,
                Cost = cost with { Load = cost.Load + WaitFor(node, victims & ~idle), Eviction = EvictionSeconds(node, victims), Penalty = cost.Penalty + apart + Alternation(node, victims) },
            };
        }

        // What loads under way will hold can go later; only what is pinned or protected never goes.
        node.Memory.CopyBudgets(room);
        foreach (var replica in node.Replicas)
        {
            if (replica.IsImmovable && replica.State != ModelState.Unloading)
            {
                node.Memory.Take(room, replica.Allocation);
            }
        }

        var service = _snapshot.Policy.AssumedServiceTime.TotalSeconds;
        return node.Memory.Fits(room, model.Memory.Bytes)
            ? new Candidate(node, CandidateVerdict.Waits) { Model = model, Cost = cost with { Load = (2 * cost.Load) + service, Penalty = cost.Penalty + apart } }
            : new Candidate(node, CandidateVerdict.Protected) { Model = model };
    }

    private CandidateVerdict? BarredByDemand(NodeSnapshot node)
    {
        if (_demand.Node is { } only && only != node.Id && only != node.Name)
        {
            return CandidateVerdict.NotAskedFor;
        }

        if (_demand.Origin == node.Id)
        {
            return CandidateVerdict.Origin;
        }

        if (!_demand.Excluded.IsDefaultOrEmpty && _demand.Excluded.Contains(node.Id))
        {
            return CandidateVerdict.Excluded;
        }

        foreach (var (name, value) in _rules.RequiredLabels)
        {
            if (!node.Labels.TryGetValue(name, out var has) || has != value)
            {
                return CandidateVerdict.LabelsMissing;
            }
        }

        return null;
    }

    private bool IsAffine(NodeSnapshot node, int outstanding, int least) =>
        _demand.Affinity is { Node: { } affine } && _demand.Affinity.Fraction >= _snapshot.Policy.AffinityMinimum && affine == node.Id
        && outstanding <= least + 2 && outstanding <= (1.5 * least) + 1;

    private double Queue(int outstanding, int capacity, TimeSpan? service) =>
        Math.Max(0, outstanding - capacity + 1) / (double)capacity * (service ?? _snapshot.Policy.AssumedServiceTime).TotalSeconds;

    private double Flapping(NodeSnapshot node) =>
        node.RecentLosses < _snapshot.Policy.FlappingLosses ? 0 : node.RecentLosses * _snapshot.Policy.FlappingPenalty.TotalSeconds;

    /// <summary>Replicas that may go: at once, or also those that are leased, waited for, too young or still loading.</summary>
    private ulong Movable(NodeSnapshot node, ulong leaving, bool busyToo)
    {
        var movable = 0UL;
        for (var i = 0; i < Math.Min(64, node.Replicas.Length); i++)
        {
            var replica = node.Replicas[i];
            if ((leaving & (1UL << i)) == 0 && !replica.IsImmovable && replica.State != ModelState.Unloading && replica.Model != _demand.Model
                && (busyToo || (replica.State == ModelState.Hot && replica.Leases == 0 && replica.Waiting == 0 && _now >= replica.KeptUntil && _dispatches.InFlight(node.Id, replica.Model) == 0)))
            {
                movable |= 1UL << i;
            }
        }

        return movable;
    }

    private double EvictionSeconds(NodeSnapshot node, ulong victims)
    {
        var sum = 0.0;
        for (var i = 0; i < 64 && victims >> i != 0; i++)
        {
            if ((victims & (1UL << i)) != 0)
            {
                sum += VictimChoice.Price(node.Replicas[i]);
            }
        }

        return sum * Horizon;
    }

    private double WaitFor(NodeSnapshot node, ulong victims)
    {
        var longest = 0.0;
        for (var i = 0; i < 64 && victims >> i != 0; i++)
        {
            if ((victims & (1UL << i)) != 0)
            {
                var replica = node.Replicas[i];
                var service = (replica.ServiceTime ?? _snapshot.Policy.AssumedServiceTime).TotalSeconds;
                var outstanding = Math.Max(Outstanding(node, replica), replica.Leases);
                var rounds = (outstanding + Math.Max(1, replica.Capacity) - 1) / Math.Max(1, replica.Capacity);
                var young = Math.Max(0, (replica.KeptUntil - _now).TotalSeconds);
                var loading = replica.State == ModelState.Loading ? Math.Max(0, ((replica.ReadyAt ?? (_now + replica.ReloadTime)) - _now).TotalSeconds) : 0;
                longest = Math.Max(longest, Math.Max(young, loading + (rounds * service)));
            }
        }

        return longest;
    }

    /// <summary>What it costs to take back a room that was given up lately: the victim's reload, as often as the model has gone for the victim.</summary>
    private double Alternation(NodeSnapshot node, ulong victims)
    {
        var penalty = 0.0;
        if (node.Evictions.IsEmpty)
        {
            return penalty;
        }

        for (var i = 0; i < 64 && victims >> i != 0; i++)
        {
            if ((victims & (1UL << i)) != 0)
            {
                var times = 0;
                foreach (var eviction in node.Evictions)
                {
                    times += eviction.Victim == _demand.Model && eviction.For == node.Replicas[i].Model && _now - eviction.At < _snapshot.Policy.ThrashWindow ? 1 : 0;
                }

                penalty += times * node.Replicas[i].ReloadTime.TotalSeconds;
            }
        }

        return penalty;
    }
}
