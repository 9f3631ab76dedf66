using System.Collections.Immutable;

namespace Homelab.Domain.Residency;

/// <summary>The node's scheduler: one pure function from a snapshot and an event to the next snapshot and the effects it wants.
/// An event only records what happened; one pass afterwards settles everything that follows, so no order of events can leave anything undone.</summary>
internal static class ResidencyReducer
{
    /// <summary>Applies one event.</summary>
    /// <param name="snapshot">The state before.</param>
    /// <param name="change">What happened.</param>
    /// <param name="now">Time since the daemon's start, monotonic.</param>
    /// <param name="leases">The lease counters of all replicas, read just now.</param>
    public static ResidencyStep Apply(ResidencySnapshot snapshot, ResidencyEvent change, TimeSpan now, ImmutableArray<LeaseReading> leases)
    {
        var turn = new ResidencyTurn(snapshot with { Version = snapshot.Version + 1 }, now, leases);
        UseTracking.Absorb(turn);
        Record(turn, change);
        Settle(turn);
        return turn.End();
    }

    private static void Record(ResidencyTurn turn, ResidencyEvent change)
    {
        switch (change)
        {
            case ResidencyEvent.EngineObserved e:
                EngineReconciliation.OnObserved(turn, e);
                break;
            case ResidencyEvent.EngineLost e:
                EngineReconciliation.OnLost(turn, e.Problem);
                break;
            case ResidencyEvent.DevicesObserved e:
                MemoryPressure.OnDevicesObserved(turn, e.Devices);
                break;
            case ResidencyEvent.ModelInspected e:
                EngineReconciliation.OnInspected(turn, e);
                break;
            case ResidencyEvent.LeaseWanted e:
                QueueDiscipline.Enter(turn, e.Waiter);
                break;
            case ResidencyEvent.WaiterLeft e:
                QueueDiscipline.Leave(turn, e.WaiterId);
                break;
            case ResidencyEvent.GateClosed e:
                Evictions.OnGateClosed(turn, e.Model);
                break;
            case ResidencyEvent.GateBusy e:
                Evictions.OnGateBusy(turn, e.Model);
                break;
            case ResidencyEvent.LoadSucceeded e:
                LoadOutcomes.OnSucceeded(turn, e);
                break;
            case ResidencyEvent.LoadFailed e:
                LoadOutcomes.OnFailed(turn, e);
                break;
            case ResidencyEvent.Unloaded e:
                Evictions.OnUnloaded(turn, e.Model);
                break;
            case ResidencyEvent.UnloadFailed e:
                Evictions.OnUnloadFailed(turn, e.Model, e.Reason);
                break;
            case ResidencyEvent.UnloadWanted e:
                IdleUnloading.OnUnloadWanted(turn, e.Model);
                break;
            case ResidencyEvent.PullChanged e:
                EngineReconciliation.OnPullChanged(turn, e.Model, e.Trigger);
                break;
            case ResidencyEvent.AppsObserved e:
                AppReconciliation.OnObserved(turn, e);
                break;
            case ResidencyEvent.AppPrepared e:
                AppReconciliation.OnPrepared(turn, e);
                break;
            case ResidencyEvent.AppExited e:
                AppReconciliation.OnExited(turn, e);
                break;
            case ResidencyEvent.DrainStarted:
                Drain(turn);
                break;
            default:
                // A tick and a returned lease say nothing that the readings and the time do not.
                break;
        }

        if (change is ResidencyEvent.Tick && turn.Snapshot is { Draining: false } && !Evictions.IsAnswerOutstanding(turn.Snapshot))
        {
            IdleUnloading.OnTick(turn);
        }
    }

    private static void Settle(ResidencyTurn turn)
    {
        // The answers of the gates are the very next events; until then nothing is known of who may go.
        if (turn.Snapshot.Draining || Evictions.IsAnswerOutstanding(turn.Snapshot))
        {
            return;
        }

        AppReconciliation.Replace(turn);
        if (Evictions.IsAnswerOutstanding(turn.Snapshot))
        {
            return;
        }

        QueueDiscipline.Expire(turn);
        QueueDiscipline.Serve(turn);
        LoadPlanning.DropAbandoned(turn);
        Evictions.KeepOrphans(turn);
        LoadPlanning.DropOverbooked(turn);
        LoadPlanning.Advance(turn);
        QueueDiscipline.Serve(turn);
        LoadPlanning.PlanWaiting(turn);
        PinKeeping.Plan(turn);
        QueueDiscipline.SetGates(turn);
    }

    private static void Drain(ResidencyTurn turn)
    {
        turn.Snapshot = turn.Snapshot with { Draining = true };
        foreach (var waiter in turn.Snapshot.Waiters)
        {
            turn.Refuse(waiter, Refusals.Draining(turn.Snapshot.Policy.Node));
        }

        foreach (var record in turn.Snapshot.Models.Values)
        {
            LoadPlanning.Drop(turn, record.Name);
            turn.SetGate(record.Name, GateState.Closed);
        }
    }
}
