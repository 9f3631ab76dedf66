using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Turns demands into loads: decides, reserves, evicts, and sends a load once all its victims are gone.</summary>
internal static class LoadPlanning
{
    /// <summary>Decides for every model that somebody waits for, longest waiting first. A model that must wait holds up no other:
    /// those behind it are served and loaded beside it, except that past the maximum hold they may not take the room it waits for.</summary>
    public static void PlanWaiting(ResidencyTurn turn)
    {
        var claims = ImmutableArray<ImmutableArray<DeviceAllocation>>.Empty;
        foreach (var model in turn.Snapshot.Waiters.Select(w => w.Model).Distinct().ToArray())
        {
            if (Evictions.IsAnswerOutstanding(turn.Snapshot))
            {
                // A gate that turns out busy takes its decision back: nothing may count on that room yet. The answer settles again.
                return;
            }

            if (!turn.Snapshot.EngineUp && !model.IsApp)
            {
                RefuseWithoutEngine(turn, model);
                continue;
            }

            var decision = ResidencyPlanner.Decide(turn.Snapshot, model, turn.Now, claims);
            Act(turn, model, decision);
            if (decision is ResidencyDecision.Wait { Estimate: var estimate } && turn.Find(model) is { Replica: null } && ResidencyPlanner.IsPastHold(turn.Snapshot, model, turn.Now)
                && ResidencyPlanner.Claim(turn.Snapshot, estimate) is { } claim)
            {
                claims = claims.Add(claim);
            }
        }
    }

    /// <summary>Starts what a decision asks for.</summary>
    public static void Act(ResidencyTurn turn, ModelName model, ResidencyDecision decision)
    {
        switch (decision)
        {
            case ResidencyDecision.Fits fits:
                Begin(turn, model, fits.Allocation, [], fits.LoadTime, yields: false);
                break;
            case ResidencyDecision.EvictThenLoad evict:
                Begin(turn, model, evict.Allocation, evict.Victims, evict.LoadTime, evict.Yields);
                break;
            case ResidencyDecision.Wait when turn.Find(model) is { State: ModelState.Hot, Replica: { Leaving: null, Leases: 0 } replica } && turn.Now >= replica.KeptUntil:
                Evictions.Leave(turn, model, UnloadReason.Replaced);
                break;
            case ResidencyDecision.Unknown when turn.Find(model) is { Inspecting: false } record:
                turn.Put(record with { Inspecting = true });
                turn.Add(new ResidencyEffect.Inspect(model));
                break;
            case ResidencyDecision.NotInstalled:
                turn.RefuseAll(model, Refusals.NotInstalled(turn.Snapshot.Policy.Node, model, turn.Find(model)?.State == ModelState.Pulling));
                break;
            case ResidencyDecision.TooLarge tooLarge:
                turn.RefuseAll(model, Refusals.TooLarge(turn.Snapshot.Policy.Node, model, tooLarge));
                break;
            case ResidencyDecision.WouldEvictProtected blocked:
                turn.RefuseAll(model, Refusals.WouldEvictProtected(turn.Snapshot.Policy.Node, model, blocked));
                break;
            case ResidencyDecision.BackingOff backingOff:
                turn.RefuseAll(model, Refusals.BackingOff(turn.Snapshot.Policy.Node, model, backingOff.Failure, turn.Now));
                break;
            default:
                break;
        }
    }

    /// <summary>Takes every load that was not sent yet one step further.</summary>
    public static void Advance(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Load is { SentAt: null }).OrderBy(m => m.Load!.Id).ToArray())
        {
            Advance(turn, record.Name);
        }
    }

    /// <summary>Gives up loads that nobody waits for: those not sent at once, those sent after a grace, unless more than half done.</summary>
    public static void DropAbandoned(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values)
        {
            if (record.Load is not { } load)
            {
                continue;
            }

            var wanted = turn.Snapshot.Waiters.Exists(w => w.Model == record.Name) || PinKeeping.IsWanted(turn.Snapshot, record);
            if (wanted && load.AbandonedSince is null)
            {
                continue;
            }

            if (wanted)
            {
                turn.Change(record.Name, (LoadRecord l) => l with { AbandonedSince = null });
            }
            else if (load.SentAt is not { } sent)
            {
                Drop(turn, record.Name);
            }
            else if (load.AbandonedSince is not { } since)
            {
                turn.Change(record.Name, (LoadRecord l) => l with { AbandonedSince = turn.Now });
            }
            else if (!load.Cancelling && turn.Now - since >= turn.Policy.AbandonedLoadGrace && turn.Now - sent <= load.Expected / 2)
            {
                turn.Change(record.Name, (LoadRecord l) => l with { Cancelling = true });
                turn.Add(new ResidencyEffect.CancelLoad(record.Name, load.Id));
            }
        }
    }

    /// <summary>Takes back the latest loads that counted on room which did not come (a victim stays after all, others took it); they are decided again.</summary>
    public static void DropOverbooked(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Load is { SentAt: null }).OrderByDescending(m => m.Load!.Id).ToArray())
        {
            var room = NodeRoom.Decided(turn.Snapshot);
            if (record.Load!.Allocation.Any(a => room.Free(a.Device) < 0) || LoadAdmission.IsOvercrowded(turn.Snapshot, room))
            {
                Drop(turn, record.Name);
            }
        }
    }

    /// <summary>Takes back a load that was not sent: victims that are still in memory stay.</summary>
    public static void Drop(ResidencyTurn turn, ModelName model)
    {
        if (turn.Find(model) is not { Load: { SentAt: null } load } record)
        {
            return;
        }

        turn.Put(record with { Load = null });
        foreach (var victim in load.Victims)
        {
            Evictions.Keep(turn, victim);
        }
    }

    private static void Begin(ResidencyTurn turn, ModelName model, ImmutableArray<DeviceAllocation> allocation, ImmutableArray<ModelName> victims, TimeSpan expected, bool yields)
    {
        var record = turn.Find(model)!;
        var load = new LoadRecord(turn.Snapshot.NextLoadId, LoadTerms.Of(turn.Snapshot, record).Settings, allocation, victims, turn.Now, null, expected) { Yields = yields, Digest = record.Installed?.App is null ? null : record.Installed.Digest };
        turn.Put(record with { Load = load, PinProblem = null });
        turn.Snapshot = turn.Snapshot with { NextLoadId = load.Id + 1 };
        foreach (var victim in victims)
        {
            turn.Change(victim, (ReplicaRecord r) => r with { Leaving = UnloadReason.Evicted, EvictedFor = model, YieldTo = yields ? model : null, Phase = DrainPhase.Yielding });
            if (yields)
            {
                turn.SetGate(victim, GateState.Closed);
            }
        }

        Advance(turn, model);
    }

    private static void Advance(ResidencyTurn turn, ModelName model)
    {
        if ((!turn.Snapshot.EngineUp && !model.IsApp) || turn.Find(model) is not { Load: { SentAt: null } load } record)
        {
            return;
        }

        var room = NodeRoom.Physical(turn.Snapshot);
        if (!load.Victims.IsEmpty)
        {
            Evictions.CloseGates(turn, load);
        }
        else if (room.Holds(load.Allocation) && LoadAdmission.Of(turn.Snapshot, record).EngineAllows(room) && SharedWeights.Others(turn.Snapshot, record).IsEmpty)
        {
            if (!DisturbsOnesUnderWay(turn.Snapshot, load, room))
            {
                Send(turn, record, load);
            }
        }
        else if (!turn.Snapshot.Models.Values.Any(m => m.Replica?.Leaving is not null))
        {
            // What was decided on is gone (somebody else took the room, or loaded another model of the same weights): decide again.
            Drop(turn, model);
        }
    }

    /// <summary>Whether a load that was sent would no longer be admitted if this one were done first: the order in which the engine takes them is
    /// its own. Then this one waits for the end of that.</summary>
    private static bool DisturbsOnesUnderWay(ResidencySnapshot snapshot, LoadRecord load, NodeRoom room) =>
        snapshot.EngineLimits.NeedsHeadroom && snapshot.Models.Values.Any(m =>
            m.Load is { SentAt: not null } other && !LoadAdmission.Of(snapshot, m).EngineAllows(room.Minus([load.Allocation]).Plus([other.Allocation])));

    private static void Send(ResidencyTurn turn, ModelRecord record, LoadRecord load)
    {
        if (!turn.Move(record.Name, ModelTrigger.LoadStarted, $"it needs {Phrases.Sum(load.Allocation)} and should take {Phrases.Short(load.Expected)}"))
        {
            Drop(turn, record.Name);
            return;
        }

        turn.Change(record.Name, (LoadRecord l) => l with { SentAt = turn.Now });
        turn.Add(new ResidencyEffect.StartLoad(record.Name, load.Id, load.Settings, load.Allocation, record.Facts?.IsEmbedder ?? record.Installed?.IsEmbedder ?? false));
    }

    private static void RefuseWithoutEngine(ResidencyTurn turn, ModelName model)
    {
        var record = turn.Find(model);
        if (record is { Load.SentAt: not null } or { Replica.Leaving: null, State: ModelState.Hot or ModelState.Leased })
        {
            return;
        }

        turn.RefuseAll(model, Refusals.EngineDown(turn.Snapshot.Policy.Node, turn.Snapshot.EngineProblem));
    }
}
