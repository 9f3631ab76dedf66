using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Cluster;

/// <summary>Folds heartbeats into the snapshot. Only the newest of the run that speaks for a node changes anything; everything else is
/// recognised by run and sequence and dropped, in whatever order and however often it comes.</summary>
internal static class Beats
{
    private static readonly TimeSpan LossesKept = TimeSpan.FromMinutes(10);

    public static void OnArrived(ClusterTurn turn, ClusterEvent.BeatArrived beat)
    {
        var report = beat.Report;
        var node = turn.Find(report.NodeId);
        var verdict = Judge(node, report);
        turn.Add(new ClusterEffect.BeatJudged(beat.Ticket, report.NodeId, verdict));
        if (verdict != BeatVerdict.Accepted)
        {
            return;
        }

        var isNewBoot = node!.BootId != report.BootId;
        if (isNewBoot && node.BootId.Length > 0)
        {
            CommandTracking.OnNewBoot(turn, node.Id);
        }

        var next = Fold(turn, node, beat);
        turn.Put(next);
        if (isNewBoot || next.Name != node.Name)
        {
            turn.Add(new ClusterEffect.SaveNode(next));
        }

        Announce(turn, node, next);
        ClusterThrash.OnBeat(turn, node, next);
        CommandTracking.OnResults(turn, next, report.Results);
        LoadWaiting.OnBeat(turn, node, next);
        if (report.State == NodeReportState.Leaving)
        {
            LoadWaiting.OnNodeGone(turn, next, "has left");
            CommandTracking.OnNodeGone(turn, next, "has left");
        }
    }

    private static BeatVerdict Judge(NodeSnapshot? node, HeartbeatReport report) =>
        node is null ? BeatVerdict.UnknownNode

        // Runs have no order of their own: where a late heartbeat of an earlier run was taken for a new one, silence tells which is alive.
        : node.OldBoots.Contains(report.BootId) && node.Liveness != Liveness.Lost ? BeatVerdict.StaleBoot
        : node.BootId != report.BootId || report.Sequence > node.Sequence ? BeatVerdict.Accepted
        : report.Sequence == node.Sequence ? BeatVerdict.Duplicate
        : BeatVerdict.Stale;

    private static NodeSnapshot Fold(ClusterTurn turn, NodeSnapshot node, ClusterEvent.BeatArrived beat)
    {
        var report = beat.Report;
        var leaving = report.State == NodeReportState.Leaving;
        var boots = node.BootId.Length == 0 || node.BootId == report.BootId ? node.OldBoots : node.OldBoots.Remove(report.BootId).Add(node.BootId);
        var (replicas, measures) = leaving ? ([], node.Measures) : Measuring.Take(turn, node, Replicas(report.Replicas, beat.InFlight));
        return node with
        {
            Name = node.ReportedName == report.Name ? node.Name : Membership.UniqueName(turn, node.Id, report.Name),
            ReportedName = report.Name,
            Liveness = NodeLifecycle.Move(node.Liveness, leaving ? NodeTrigger.Leave : NodeTrigger.Beat),
            Stopping = report.State == NodeReportState.Draining,
            BootId = report.BootId,
            OldBoots = boots.Length > NodeSnapshot.RememberedBoots ? boots.RemoveRange(0, boots.Length - NodeSnapshot.RememberedBoots) : boots,
            Sequence = report.Sequence,
            LastContact = turn.Now,
            Seen = true,
            Address = report.Address,
            ExposedEngine = report.ExposedEngine,
            Engine = report.Engine,
            EngineUp = report.EngineUp,
            EngineProblem = report.EngineProblem,
            Simulated = report.Simulated,
            Version = report.Version,
            Devices = report.Devices,
            LargestBudget = report.LargestBudget,
            Labels = report.Labels,
            Capabilities = report.Capabilities,
            InventoryDigest = report.InventoryDigest,
            Inventory = leaving ? NodeInventory.None : Inventory(node.Inventory, report),
            Replicas = replicas,
            Measures = measures,
            Waiting = report.Waiting,
            Losses = node.Losses.IsEmpty || node.Losses[0] > turn.Now - LossesKept ? node.Losses : node.Losses.RemoveAll(l => l <= turn.Now - LossesKept),
            Evictions = Evictions(turn, node, replicas),
        };
    }

    /// <summary>The same object where the content is the same, because indexes over it are shared.</summary>
    private static NodeInventory Inventory(NodeInventory known, HeartbeatReport report) =>
        known.Digest == report.InventoryDigest || report.Inventory is not { } inventory || inventory.Digest != report.InventoryDigest ? known : inventory;

    private static ImmutableArray<NodeReplica> Replicas(ImmutableArray<NodeReplica> reported, ImmutableArray<(ModelName Model, int Count)> inFlight)
    {
        var replicas = ImmutableArray.CreateBuilder<NodeReplica>(reported.Length);
        foreach (var replica in reported.DistinctBy(r => r.Model).OrderBy(r => r.Model))
        {
            var ours = 0;
            foreach (var (model, count) in inFlight)
            {
                ours += model == replica.Model ? count : 0;
            }

            // What waits in the node's queue may be this hub's too, and then it is in flight from here.
            var others = Math.Max(0, replica.Leases + replica.Waiting - ours);
            var foreign = Math.Min(others, replica.Leases);
            replicas.Add(replica with { Foreign = foreign, Waiting = others - foreign });
        }

        return replicas.ToImmutable();
    }

    /// <summary>Who went for whom, as far as two heartbeats tell: a replica that is gone while another one came.</summary>
    private static ImmutableArray<EvictionRecord> Evictions(ClusterTurn turn, NodeSnapshot node, ImmutableArray<NodeReplica> replicas)
    {
        var since = turn.Now - turn.Policy.Placement.ThrashWindow;
        var kept = node.Evictions.IsEmpty || node.Evictions[0].At > since ? node.Evictions : node.Evictions.RemoveAll(e => e.At <= since);
        if (!node.Seen || node.Liveness == Liveness.Left)
        {
            return kept;
        }

        var came = replicas.FirstOrDefault(r => r.State != ModelState.Unloading && node.Find(r.Model) is null or { State: ModelState.Unloading });
        if (came is null)
        {
            return kept;
        }

        foreach (var gone in node.Replicas)
        {
            if (gone.Model != came.Model && gone.State != ModelState.Loading && !replicas.Any(r => r.Model == gone.Model && r.State != ModelState.Unloading))
            {
                kept = kept.Add(new EvictionRecord(gone.Model, came.Model, turn.Now));
            }
        }

        return kept;
    }

    private static void Announce(ClusterTurn turn, NodeSnapshot before, NodeSnapshot node)
    {
        var isChanged = !ReferenceEquals(before.Inventory, node.Inventory) || before.TakesWork != node.TakesWork;
        if (before.Liveness != node.Liveness)
        {
            // Whoever counts in the lists of models is told by the liveness, whether it takes work or not.
            isChanged = true;
            var (type, message) = node.Liveness == Liveness.Left
                ? (ClusterAnnouncements.NodeLeft, $"{node.Name} has left")
                : (ClusterAnnouncements.NodeLive, before.Liveness == Liveness.Suspect && before.Seen ? $"{node.Name} is back" : $"{node.Name} is live");
            turn.Announce(type, node, null, message, ("from", NodeLifecycle.Label(before.Liveness)), ("to", NodeLifecycle.Label(node.Liveness)));
        }

        foreach (var replica in node.Replicas)
        {
            var from = before.Find(replica.Model)?.State;
            if (Label(from) != Label(replica.State))
            {
                isChanged = true;
                Moved(turn, before, node, replica.Model, Label(from), Label(replica.State));
            }
        }

        foreach (var replica in before.Replicas)
        {
            if (node.Find(replica.Model) is null)
            {
                isChanged = true;
                Moved(turn, before, node, replica.Model, Label(replica.State), Label(null));
            }
        }

        if (isChanged)
        {
            turn.ModelsChanged();
        }
    }

    private static void Moved(ClusterTurn turn, NodeSnapshot before, NodeSnapshot node, ModelName model, string from, string to)
    {
        // What a node had loaded before this hub ran is no news.
        if (before.Seen && node.Liveness != Liveness.Left)
        {
            turn.Announce(ClusterAnnouncements.ModelState, node, model, $"{model} went from {from} to {to} on {node.Name}", ("from", from), ("to", to));
        }
    }

    // Whether it is used at this moment changes with every request and is no state of its own here.
    private static string Label(ModelState? state) => state switch
    {
        ModelState.Loading => "loading",
        ModelState.Hot or ModelState.Leased => "hot",
        ModelState.Unloading => "unloading",
        _ => "on_disk",
    };
}
