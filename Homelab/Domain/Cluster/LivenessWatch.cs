using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Cluster;

/// <summary>Judges silence. Nothing is lost before the grace after the hub's start is over, and where most nodes go silent together it is
/// rather this hub that is cut off.</summary>
internal static class LivenessWatch
{
    public static void OnContactLost(ClusterTurn turn, ClusterEvent.ContactLost lost)
    {
        if (turn.Find(lost.Id) is { } node && (lost.BootId is null || lost.BootId == node.BootId))
        {
            Move(turn, node, NodeTrigger.ContactLost);
        }
    }

    public static void OnTick(ClusterTurn turn)
    {
        var grace = turn.Snapshot.StartedAt + turn.Policy.StartGrace;
        var lost = new List<NodeSnapshot>();
        foreach (var node in turn.Snapshot.Nodes)
        {
            var silent = turn.Now - node.LastContact;
            if (node.Liveness is Liveness.Live or Liveness.Suspect && silent >= turn.Policy.LostAfter && (node.Seen || turn.Now >= grace))
            {
                lost.Add(node);
            }
            else if (node.Liveness == Liveness.Live && silent >= turn.Policy.SuspectAfter)
            {
                Move(turn, node, NodeTrigger.SilentPastSuspect);
            }
        }

        JudgeIsolation(turn, isLosing: lost.Count > 0);
        foreach (var node in lost)
        {
            Move(turn, turn.Find(node.Id)!, NodeTrigger.SilentPastLost);
        }
    }

    private static void Move(ClusterTurn turn, NodeSnapshot node, NodeTrigger trigger)
    {
        var to = NodeLifecycle.Move(node.Liveness, trigger);
        if (to == node.Liveness)
        {
            return;
        }

        var wasSeen = node.Seen;
        var next = node with { Liveness = to, Losses = to == Liveness.Lost && wasSeen ? node.Losses.Add(turn.Now) : node.Losses };
        turn.Put(next);
        turn.ModelsChanged();
        var silent = Phrases.Short(turn.Now - node.LastContact);
        turn.Announce(
            to == Liveness.Lost ? ClusterAnnouncements.NodeLost : ClusterAnnouncements.NodeSuspect,
            next,
            null,
            to == Liveness.Lost ? $"{node.Name} has been silent for {silent} and is given up" : trigger == NodeTrigger.ContactLost ? $"the connection to {node.Name} broke" : $"{node.Name} has been silent for {silent}",
            ("from", NodeLifecycle.Label(node.Liveness)),
            ("to", NodeLifecycle.Label(to)),
            ("silent_seconds", Phrases.Seconds(turn.Now - node.LastContact)));
        if (to == Liveness.Suspect)
        {
            LoadWaiting.MoveAway(turn, next);
            return;
        }

        LoadWaiting.OnNodeGone(turn, next, "is lost");
        CommandTracking.OnNodeGone(turn, next, "is lost");
        ClusterPins.Replace(turn, next);
    }

    private static void JudgeIsolation(ClusterTurn turn, bool isLosing)
    {
        int silent = 0, live = 0;
        foreach (var node in turn.Snapshot.Nodes)
        {
            live += node.Liveness == Liveness.Live ? 1 : 0;
            silent += node is { Seen: true, Liveness: Liveness.Suspect or Liveness.Lost } && turn.Now - node.LastContact < turn.Policy.LostAfter + turn.Policy.CutOffPatience ? 1 : 0;
        }

        var most = silent >= 2 && silent + live >= 3 && silent > live;
        if (most && isLosing && !turn.Snapshot.CutOff)
        {
            turn.Snapshot = turn.Snapshot with { CutOff = true };
            turn.Announce(ClusterAnnouncements.CutOff, null, null, $"{silent} of {silent + live} nodes went silent together: this hub is likely cut off; it orders nothing and goes on routing to those that answer", ("silent", $"{silent}"), ("live", $"{live}"));
        }
        else if (!most && turn.Snapshot.CutOff)
        {
            turn.Snapshot = turn.Snapshot with { CutOff = false };
            turn.Announce(ClusterAnnouncements.Restored, null, null, "this hub orders again", ("live", $"{live}"));
            foreach (var command in turn.Snapshot.Commands.Values)
            {
                turn.Deliver(command.Node);
            }
        }
    }
}
