using Homelab.Domain.Nodes;

namespace Homelab.Domain.Cluster;

/// <summary>Which nodes there are, what they are called, and what the operator wants of them.</summary>
internal static class Membership
{
    public static void OnKnown(ClusterTurn turn, ClusterEvent.NodeKnown known)
    {
        if (turn.Find(known.Id) is null)
        {
            turn.Put(new NodeSnapshot
            {
                Id = known.Id,
                Name = UniqueName(turn, known.Id, known.Name),
                ReportedName = known.Name,
                BootId = known.BootId,
                OldBoots = known.OldBoots,
                Draining = known.Draining,
                FirstSeen = known.FirstSeen,
                Measures = known.Measures,
                LastContact = turn.Now,
                JoinedAt = turn.Now,
            });
        }
    }

    public static void OnJoined(ClusterTurn turn, ClusterEvent.NodeJoined joined)
    {
        var before = turn.Find(joined.Id);
        var node = (before ?? new NodeSnapshot { Id = joined.Id, Name = "", LastContact = turn.Now, JoinedAt = turn.Now, Version = joined.Version }) with
        {
            Name = before is not null && before.ReportedName == joined.Name ? before.Name : UniqueName(turn, joined.Id, joined.Name),
            ReportedName = joined.Name,
        };
        turn.Put(node);
        turn.Add(new ClusterEffect.SaveNode(node));
        turn.Announce(ClusterAnnouncements.NodeJoined, node, null, before is null ? $"{node.Name} joined" : $"{node.Name} joined again", ("version", joined.Version));
    }

    public static void OnRemoved(ClusterTurn turn, string id)
    {
        if (turn.Find(id) is not { } node)
        {
            return;
        }

        turn.Snapshot = turn.Snapshot with { Nodes = turn.Snapshot.Nodes.Without(id) };
        turn.ModelsChanged();
        turn.Announce(ClusterAnnouncements.NodeRemoved, node, null, $"{node.Name} was removed");
        LoadWaiting.OnNodeGone(turn, node, "was removed");
        CommandTracking.OnNodeGone(turn, node, "was removed");
    }

    public static void OnDrain(ClusterTurn turn, string id, bool wanted)
    {
        if (turn.Find(id) is not { } node || node.Draining == wanted)
        {
            return;
        }

        node = node with { Draining = wanted };
        turn.Put(node);
        turn.Add(new ClusterEffect.SaveNode(node));
        turn.Deliver(id);
        turn.ModelsChanged();
        turn.Announce(wanted ? ClusterAnnouncements.NodeDraining : ClusterAnnouncements.NodeResumed, node, null, wanted ? $"{node.Name} gets nothing new" : $"{node.Name} takes work again");
        if (wanted)
        {
            LoadWaiting.MoveAway(turn, node);
        }
        else
        {
            LoadWaiting.DecideUnattached(turn);
        }
    }

    /// <summary>Nothing else goes there until its next heartbeat says how it stands.</summary>
    public static void OnStopping(ClusterTurn turn, ClusterEvent.NodeStopping stopping)
    {
        if (turn.Find(stopping.Id) is { Stopping: false } node && node.BootId == stopping.BootId)
        {
            node = node with { Stopping = true };
            turn.Put(node);
            turn.ModelsChanged();
            LoadWaiting.MoveAway(turn, node);
        }
    }

    /// <summary>A name that no other node has: the second of one name gets <c>-2</c>.</summary>
    public static string UniqueName(ClusterTurn turn, string id, string wanted)
    {
        var taken = turn.Snapshot.Nodes.Where(n => n.Id != id).Select(n => n.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var name = wanted;
        for (var number = 2; taken.Contains(name); number++)
        {
            name = $"{wanted}-{number}";
        }

        return name;
    }
}
