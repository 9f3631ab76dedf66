using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>Orders on their way: sent until the node says that it has them, ended by one result. A node that has restarted knows nothing of
/// the orders it had and gets them again.</summary>
internal static class CommandTracking
{
    /// <summary>A deadline is for the beginning; what has begun gets this much longer before nobody waits for it any more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static void OnWanted(ClusterTurn turn, ClusterCommand command)
    {
        if (turn.Snapshot.Commands.ContainsKey(command.Id))
        {
            return;
        }

        if (command is { Kind: CommandKind.Load, Model: { } model })
        {
            OnLoadWanted(turn, command, model);
            return;
        }

        Order(turn, command);
    }

    private static void OnLoadWanted(ClusterTurn turn, ClusterCommand command, ModelName model)
    {
        // Its room is taken like that of any other load, so that no request is sent there for the same bytes.
        var decision = turn.Decide(new PlacementDemand(model) { Node = command.Node.Length > 0 ? command.Node : null });
        switch (decision)
        {
            case PlacementDecision.Load { Joins: null } load when !turn.Snapshot.CutOff:
                LoadWaiting.Begin(turn, model, load, command.Id);
                break;
            case PlacementDecision.Load load:
                Order(turn, command with { Node = load.Node.Id });
                break;
            case PlacementDecision.Queue queue:
                Order(turn, command with { Node = queue.Node.Id });
                break;
            case PlacementDecision.Route route:
                turn.Add(new ClusterEffect.CommandEnded(command.Id, new CommandOutcome(CommandStatus.Done, route.Node.Name, null, "it is in memory already", new CommandResult("hot", route.Replica.Bytes.Bytes, TimeSpan.Zero, "it is in memory already"))));
                break;
            default:
                turn.Add(new ClusterEffect.CommandEnded(command.Id, new CommandOutcome(CommandStatus.Failed, turn.Find(command.Node)?.Name ?? "the cluster", PlacementRefusal.CodeOf(decision), PlacementSentences.Of(decision, model), null)));
                break;
        }
    }

    private static void Order(ClusterTurn turn, ClusterCommand command)
    {
        if (turn.Find(command.Node) is not { Liveness: Liveness.Live or Liveness.Suspect } node)
        {
            var name = turn.Find(command.Node)?.Name ?? command.Node;
            var why = turn.Find(command.Node) is { } known ? $"{name} {PlacementSentences.Standing(known)}" : $"no node is called {name}";
            turn.Add(new ClusterEffect.CommandEnded(command.Id, new CommandOutcome(CommandStatus.Failed, name, "no_live_nodes", why, null)));
            return;
        }

        turn.Put(command with { Status = null });
        turn.Deliver(node.Id);
    }

    public static void OnResults(ClusterTurn turn, NodeSnapshot node, ImmutableArray<CommandReport> results)
    {
        foreach (var report in results)
        {
            // Of another node's command a node cannot speak; of one that is over nothing is left to say.
            if (turn.Snapshot.Commands.TryGetValue(report.Id, out var command) && command.Node == node.Id)
            {
                OnResult(turn, node, command, report);
            }
        }
    }

    /// <summary>A run that never heard of them.</summary>
    public static void OnNewBoot(ClusterTurn turn, string node)
    {
        foreach (var command in turn.Snapshot.Commands.Values.Where(c => c.Node == node && c.Status is not null).ToArray())
        {
            turn.Put(command with { Status = null });
        }
    }

    public static void OnNodeGone(ClusterTurn turn, NodeSnapshot node, string why)
    {
        foreach (var command in turn.Snapshot.Commands.Values.Where(c => c.Node == node.Id).ToArray())
        {
            End(turn, command, new CommandOutcome(CommandStatus.Failed, node.Name, "no_live_nodes", $"{node.Name} {why}", null));
        }
    }

    public static void OnTick(ClusterTurn turn)
    {
        foreach (var command in turn.Snapshot.Commands.Values.Where(c => c.Deadline + (c.Status is null ? TimeSpan.Zero : Patience) <= turn.Now).ToArray())
        {
            var name = turn.Find(command.Node)?.Name ?? command.Node;
            End(turn, command, command.Status is null
                ? new CommandOutcome(CommandStatus.Stale, name, "capacity_timeout", $"{name} did not take the command in time", null)
                : new CommandOutcome(CommandStatus.Failed, name, "capacity_timeout", $"{name} took the command and did not end it in time; it may still go on there", null));
        }
    }

    private static void OnResult(ClusterTurn turn, NodeSnapshot node, ClusterCommand command, CommandReport report)
    {
        if (!report.IsFinal)
        {
            turn.Put(command with { Status = report.Status });
            if (report.Progress is { } progress && !command.Internal)
            {
                turn.Add(new ClusterEffect.CommandMoved(command.Id, progress));
            }

            return;
        }

        End(turn, command, new CommandOutcome(report.Status, node.Name, report.Status == CommandStatus.Done ? null : report.Code ?? "load_failed", report.Message, report.Result));
        if (turn.Snapshot.Loads.On(node.Id).FirstOrDefault(l => l.Id == command.Id) is not { } load)
        {
            return;
        }

        if (report.Status == CommandStatus.Done)
        {
            LoadWaiting.Succeeded(turn, load);
        }
        else
        {
            LoadWaiting.Failed(turn, load, report.Code ?? "load_failed", report.Message ?? "the node gave no reason");
        }
    }

    private static void End(ClusterTurn turn, ClusterCommand command, CommandOutcome outcome)
    {
        turn.Snapshot = turn.Snapshot with { Commands = turn.Snapshot.Commands.Remove(command.Id) };
        if (!command.Internal)
        {
            turn.Add(new ClusterEffect.CommandEnded(command.Id, outcome));
        }
    }
}
