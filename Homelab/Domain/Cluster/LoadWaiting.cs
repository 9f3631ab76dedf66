using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>Requests that wait at the hub, and the loads that they wait for: many requests share one load, a load that fails is tried
/// elsewhere, and whoever is answered goes to a node at once.</summary>
internal static class LoadWaiting
{
    /// <summary>A request that no replica can take at once.</summary>
    public static void Enter(ClusterTurn turn, ClusterWaiter waiter) => Settle(turn, waiter);

    public static void Leave(ClusterTurn turn, long id)
    {
        if (turn.Snapshot.Waiters.TryGetValue(id, out var waiter))
        {
            Detach(turn, waiter);
        }
    }

    /// <summary>Loads that the heartbeat shows to be over, and requests that it may help.</summary>
    public static void OnBeat(ClusterTurn turn, NodeSnapshot before, NodeSnapshot node)
    {
        foreach (var load in turn.Snapshot.Loads.On(node.Id))
        {
            if (node.Find(load.Model) is { IsHot: true })
            {
                Succeeded(turn, load);
            }
        }

        if (!before.TakesWork && node.TakesWork || !ReferenceEquals(before.Inventory, node.Inventory))
        {
            DecideUnattached(turn);
        }
    }

    public static void OnTick(ClusterTurn turn)
    {
        foreach (var waiter in turn.Snapshot.Waiters.Values.Where(w => w.Deadline <= turn.Now).ToArray())
        {
            var loading = waiter.Node is { } node ? turn.Find(node)?.Name : null;
            Detach(turn, waiter);
            turn.Add(new ClusterEffect.Answer(waiter.Id, waiter.Failure ?? (PlacementDecision)new PlacementDecision.TimedOut(turn.Now - waiter.Since, loading)));
        }

        foreach (var load in turn.Snapshot.Loads.Where(l => l.Deadline <= turn.Now).ToArray())
        {
            Failed(turn, load, "load_timeout", $"it was not loaded within the load time-out");
        }

        DecideUnattached(turn);
    }

    /// <summary>Requests that wait for heartbeats rather than for a load.</summary>
    public static void DecideUnattached(ClusterTurn turn)
    {
        foreach (var waiter in turn.Snapshot.Waiters.Values.Where(w => w.Load is null).ToArray())
        {
            Settle(turn, waiter);
        }
    }

    /// <summary>Nothing new goes to the node: who waits for a load there goes elsewhere if anybody else can serve, else goes on waiting.</summary>
    public static void MoveAway(ClusterTurn turn, NodeSnapshot node)
    {
        foreach (var waiter in turn.Snapshot.Waiters.Values.Where(w => w.Node == node.Id).ToArray())
        {
            if (turn.Decide(waiter.Demand) is PlacementDecision.Route or PlacementDecision.Load or PlacementDecision.Queue)
            {
                Settle(turn, Detach(turn, waiter));
            }
        }
    }

    /// <summary>The node's loads are over.</summary>
    public static void OnNodeGone(ClusterTurn turn, NodeSnapshot node, string why)
    {
        foreach (var load in turn.Snapshot.Loads.On(node.Id))
        {
            Failed(turn, load, "load_failed", $"{node.Name} {why}");
        }
    }

    /// <summary>The node says that a load is done, or shows it: everybody who waited for it is decided anew.</summary>
    public static void Succeeded(ClusterTurn turn, PendingLoad load)
    {
        foreach (var waiter in Close(turn, load))
        {
            Settle(turn, waiter with { Attempts = waiter.Attempts + 1, Load = null, Node = null });
        }
    }

    /// <summary>A load failed: who waited for it tries another node, as often as a request may.</summary>
    public static void Failed(ClusterTurn turn, PendingLoad load, string code, string message)
    {
        var node = turn.Find(load.Node);
        var failure = new PlacementDecision.LoadFailed(node?.Name ?? load.Node, code, message);
        turn.Announce(ClusterAnnouncements.PlacementFailed, node, load.Model, PlacementSentences.Of(failure, load.Model), ("code", code), ("load", load.Id));
        if (turn.Policy.Placement.For(load.Model).Pin)
        {
            turn.Snapshot = turn.Snapshot with { PinRetries = turn.Snapshot.PinRetries.SetItem(load.Model, turn.Now + turn.Policy.PinBackoff) };
        }

        foreach (var waiter in Close(turn, load))
        {
            Settle(turn, waiter with { Attempts = waiter.Attempts + 1, Load = null, Node = null, Failure = failure, Demand = waiter.Demand.Without(load.Node) });
        }
    }

    /// <summary>Orders a load.</summary>
    public static PendingLoad Begin(ClusterTurn turn, ModelName model, PlacementDecision.Load decision, string? id = null)
    {
        var number = turn.Snapshot.NextLoad;
        var load = new PendingLoad(id ?? $"load-{turn.Snapshot.Epoch}-{number}", decision.Node.Id, model)
        {
            Allocation = decision.Allocation,
            Victims = decision.Victims,
            Since = turn.Now,
            ReadyAt = turn.Now + TimeSpan.FromSeconds(decision.Cost.Load),
            Deadline = turn.Now + turn.Policy.LoadTimeout,
        };
        turn.Snapshot = turn.Snapshot with { NextLoad = number + 1 };
        turn.Put(load);
        turn.Put(new ClusterCommand(load.Id, load.Node, CommandKind.Load, model, load.Deadline) { Internal = id is null });
        turn.Deliver(load.Node);
        turn.Announce(ClusterAnnouncements.PlacementLoad, decision.Node, model, PlacementSentences.Of(decision, model), ("load", load.Id), ("victims", string.Join(' ', decision.Victims)));
        return load;
    }

    private static void Settle(ClusterTurn turn, ClusterWaiter waiter)
    {
        var decision = waiter.Attempts >= turn.Policy.MaximumAttempts && waiter.Failure is not null ? waiter.Failure : turn.Decide(waiter.Demand);
        switch (decision)
        {
            case PlacementDecision.Route route:
                Send(turn, waiter, route, route.Node.Id);
                break;
            case PlacementDecision.Queue queue:
                Send(turn, waiter, queue, queue.Node.Id);
                break;
            case PlacementDecision.Load load when load.Joins is null && (turn.Snapshot.CutOff || waiter.Attempts >= turn.Policy.MaximumAttempts):
                // The node can load it for the request itself.
                Send(turn, waiter, new PlacementDecision.Queue(load.Node, load.Cost, "the node loads it for the request"), load.Node.Id);
                break;
            case PlacementDecision.Load load:
                Attach(turn, waiter, load);
                break;
            case PlacementDecision.NoLiveNodes or PlacementDecision.NotInstalled when waiter.Failure is null && ClusterGathering.IsUnderWay(turn.Snapshot, turn.Now):
                Keep(turn, waiter);
                break;
            default:
                Refuse(turn, waiter, waiter.Failure ?? decision);
                break;
        }
    }

    private static void Attach(ClusterTurn turn, ClusterWaiter waiter, PlacementDecision.Load decision)
    {
        if (turn.Snapshot.Waiters.Count >= turn.Policy.MaximumWaiting && !turn.Snapshot.Waiters.ContainsKey(waiter.Id))
        {
            Refuse(turn, waiter, new PlacementDecision.QueueFull(turn.Snapshot.Waiters.Count));
            return;
        }

        var load = (decision.Joins is { } id ? turn.Snapshot.Loads.On(decision.Node.Id).FirstOrDefault(l => l.Id == id) : null) ?? Begin(turn, waiter.Demand.Model, decision);
        turn.Put(turn.Snapshot.Loads.On(load.Node).First(l => l.Id == load.Id) with { Waiting = load.Waiting + 1 });
        turn.Put(waiter with { Load = load.Id, Node = load.Node });
    }

    private static void Keep(ClusterTurn turn, ClusterWaiter waiter)
    {
        if (turn.Snapshot.Waiters.Count >= turn.Policy.MaximumWaiting && !turn.Snapshot.Waiters.ContainsKey(waiter.Id))
        {
            Refuse(turn, waiter, new PlacementDecision.QueueFull(turn.Snapshot.Waiters.Count));
            return;
        }

        turn.Put(waiter);
    }

    private static void Send(ClusterTurn turn, ClusterWaiter waiter, PlacementDecision decision, string node)
    {
        turn.Dispatches.Add(node, waiter.Demand.Model);
        Refuse(turn, waiter, decision);
    }

    private static void Refuse(ClusterTurn turn, ClusterWaiter waiter, PlacementDecision decision)
    {
        turn.Snapshot = turn.Snapshot with { Waiters = turn.Snapshot.Waiters.Remove(waiter.Id) };
        turn.Add(new ClusterEffect.Answer(waiter.Id, decision));
    }

    private static ClusterWaiter Detach(ClusterTurn turn, ClusterWaiter waiter)
    {
        if (waiter.Node is { } node && turn.Snapshot.Loads.On(node).FirstOrDefault(l => l.Id == waiter.Load) is { } load)
        {
            turn.Put(load with { Waiting = load.Waiting - 1 });
        }

        turn.Snapshot = turn.Snapshot with { Waiters = turn.Snapshot.Waiters.Remove(waiter.Id) };
        return waiter with { Load = null, Node = null };
    }

    private static ImmutableArray<ClusterWaiter> Close(ClusterTurn turn, PendingLoad load)
    {
        turn.Snapshot = turn.Snapshot with
        {
            Loads = turn.Snapshot.Loads.Without(load),
            Commands = turn.Snapshot.Commands.TryGetValue(load.Id, out var command) && command.Internal ? turn.Snapshot.Commands.Remove(load.Id) : turn.Snapshot.Commands,
        };
        return [.. turn.Snapshot.Waiters.Values.Where(w => w.Load == load.Id)];
    }
}
