using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>The hub's registry and the loads it orders: one pure function from a snapshot and an event to the next snapshot and the effects
/// it wants. Everything that a decision depends on is read inside it, so nothing can change between a decision and what follows from it.</summary>
internal static class ClusterReducer
{
    /// <summary>Applies one event.</summary>
    /// <param name="snapshot">The state before.</param>
    /// <param name="change">What happened.</param>
    /// <param name="dispatches">What this hub has under way, read during the call.</param>
    /// <param name="now">Time since the hub's start, monotonic.</param>
    public static ClusterStep Apply(ClusterSnapshot snapshot, ClusterEvent change, IDispatchReading dispatches, TimeSpan now)
    {
        var turn = new ClusterTurn(snapshot with { Version = snapshot.Version + 1 }, dispatches, now);
        switch (change)
        {
            case ClusterEvent.NodeKnown e:
                Membership.OnKnown(turn, e);
                break;
            case ClusterEvent.NodeJoined e:
                Membership.OnJoined(turn, e);
                break;
            case ClusterEvent.NodeRemoved e:
                Membership.OnRemoved(turn, e.Id);
                break;
            case ClusterEvent.DrainWanted e:
                Membership.OnDrain(turn, e.Id, wanted: true);
                break;
            case ClusterEvent.ResumeWanted e:
                Membership.OnDrain(turn, e.Id, wanted: false);
                break;
            case ClusterEvent.BeatArrived e:
                Beats.OnArrived(turn, e);
                break;
            case ClusterEvent.ContactLost e:
                LivenessWatch.OnContactLost(turn, e);
                break;
            case ClusterEvent.LeaseWanted e:
                LoadWaiting.Enter(turn, e.Waiter);
                break;
            case ClusterEvent.WaiterLeft e:
                LoadWaiting.Leave(turn, e.WaiterId);
                break;
            case ClusterEvent.NodeStopping e:
                Membership.OnStopping(turn, e);
                break;
            case ClusterEvent.NamesChanged:
                turn.ModelsChanged();
                break;
            case ClusterEvent.CommandWanted e:
                CommandTracking.OnWanted(turn, e.Command);
                break;
            case ClusterEvent.Tick:
                LivenessWatch.OnTick(turn);
                LoadWaiting.OnTick(turn);
                CommandTracking.OnTick(turn);
                ClusterPins.OnTick(turn);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }

        return turn.End();
    }
}
