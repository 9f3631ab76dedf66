using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>The way of a replica out of memory: gate closed without a lease, then unloaded, and only when the memory is really back, gone.</summary>
internal static class Evictions
{
    /// <summary>Whether an answer about a gate is outstanding; until it is there, nothing is decided.</summary>
    public static bool IsAnswerOutstanding(ResidencySnapshot snapshot) =>
        snapshot.Models.Values.Any(m => m.Replica?.Phase == DrainPhase.Asked);

    /// <summary>Asks for the gates of a load's victims, all together, once none of them is leased.</summary>
    public static void CloseGates(ResidencyTurn turn, LoadRecord load)
    {
        var waiting = load.Victims.Where(v => turn.Find(v) is { Replica.Phase: DrainPhase.Yielding }).ToArray();
        if (waiting.Length > 0 && waiting.All(v => turn.Find(v)!.Replica!.Leases == 0))
        {
            foreach (var victim in waiting)
            {
                Ask(turn, victim);
            }
        }
    }

    /// <summary>Sends an idle replica away for a reason other than an eviction.</summary>
    public static void Leave(ResidencyTurn turn, ModelName model, UnloadReason reason)
    {
        turn.Change(model, (ReplicaRecord r) => r with { Leaving = reason, EvictedFor = null, YieldTo = null });
        Ask(turn, model);
    }

    /// <summary>A replica that was to leave stays after all, unless its unload was sent. The pass over the gates opens it again.</summary>
    public static void Keep(ResidencyTurn turn, ModelName model)
    {
        if (turn.Find(model) is { State: ModelState.Hot or ModelState.Leased })
        {
            turn.Change(model, (ReplicaRecord r) => r with { Leaving = null, EvictedFor = null, YieldTo = null, Phase = DrainPhase.None });
        }
    }

    /// <summary>The gate is closed and nobody holds a lease.</summary>
    public static void OnGateClosed(ResidencyTurn turn, ModelName model)
    {
        turn.Change(model, (ReplicaRecord r) => r with { Gate = GateState.Closed, Leases = 0, Phase = r.Leaving is null ? DrainPhase.None : DrainPhase.Idle });
        if (turn.Find(model) is { State: ModelState.Leased })
        {
            turn.Move(model, ModelTrigger.LastLeaseReturned, "its last request ended");
        }

        switch (turn.Find(model)?.Replica)
        {
            case { Leaving: UnloadReason.Evicted, EvictedFor: { } beneficiary }:
                Proceed(turn, beneficiary);
                break;
            case { Leaving: not null }:
                Unload(turn, model);
                break;
            default:
                break;
        }
    }

    /// <summary>Somebody took a lease before the gate closed.</summary>
    public static void OnGateBusy(ResidencyTurn turn, ModelName model)
    {
        if (turn.Find(model)?.Replica is not { Phase: DrainPhase.Asked } replica)
        {
            return;
        }

        if (replica is { Leaving: UnloadReason.Evicted, EvictedFor: { } beneficiary })
        {
            turn.Change(model, (ReplicaRecord r) => r with { Phase = DrainPhase.Yielding });
            Proceed(turn, beneficiary);
        }
        else
        {
            Keep(turn, model);
        }
    }

    /// <summary>The engine holds the model no longer and its memory is back.</summary>
    public static void OnUnloaded(ResidencyTurn turn, ModelName model)
    {
        if (turn.Find(model) is not { State: ModelState.Unloading, Replica: { } replica })
        {
            return;
        }

        var held = Phrases.Sum(replica.Allocation);
        var (type, message) = Describe(model, replica, turn.Now);
        turn.Move(model, ModelTrigger.FoundUnloaded, "its memory is back");
        turn.Put(turn.Find(model)! with { Replica = null, ChangedAt = turn.Now });
        turn.Announce(type, model, message, ("bytes", Phrases.Bytes(held)), ("reason", Label(replica.Leaving)), ("for", replica.EvictedFor?.Value ?? ""), ("idle_seconds", Phrases.Seconds(turn.Now - replica.LastUsed)));
        Forget(turn, model);
        EngineReconciliation.DropIfDeleted(turn, model);
    }

    /// <summary>The engine did not unload: the replica stays, whoever wanted its room decides again.</summary>
    public static void OnUnloadFailed(ResidencyTurn turn, ModelName model, string reason)
    {
        if (turn.Find(model) is not { State: ModelState.Unloading, Replica: { } replica })
        {
            return;
        }

        turn.Announce(AnnouncementTypes.UnloadFailed, model, $"{model} could not be {Phrases.Unloaded(model)}: {reason}", ("reason", reason));
        turn.Move(model, ModelTrigger.FoundLoaded, "the engine did not unload it");
        Keep(turn, model);
        turn.Change(model, (ReplicaRecord r) => r with { KeptUntil = turn.Now + turn.Policy.FirstBackoff, Missing = 0 });
        turn.Put(turn.Find(model)! with { ChangedAt = turn.Now });
        if (replica.EvictedFor is { } beneficiary && turn.Find(beneficiary)?.Load is { } load && load.Victims.Contains(model))
        {
            LoadPlanning.Drop(turn, beneficiary);
        }
    }

    /// <summary>Takes a replica that is gone off every load's list of victims.</summary>
    public static void Forget(ResidencyTurn turn, ModelName gone)
    {
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Load is { } l && l.Victims.Contains(gone)))
        {
            turn.Change(record.Name, (LoadRecord l) => l with { Victims = l.Victims.Remove(gone) });
        }
    }

    /// <summary>Lets stay what was to make room for a load that is no longer wanted.</summary>
    public static void KeepOrphans(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values)
        {
            if (record is { State: ModelState.Hot or ModelState.Leased, Replica: { Leaving: UnloadReason.Evicted, EvictedFor: { } beneficiary } }
                && turn.Find(beneficiary)?.Load?.Victims.Contains(record.Name) != true)
            {
                Keep(turn, record.Name);
            }
        }
    }

    private static void Ask(ResidencyTurn turn, ModelName model)
    {
        turn.Change(model, (ReplicaRecord r) => r with { Phase = DrainPhase.Asked });
        turn.Add(new ResidencyEffect.CloseIdleGate(model));
    }

    /// <summary>Once every gate has answered: all closed, then all go; one busy, then none, and the load is decided again (or goes on
    /// waiting, where its victims are held back from newcomers anyway).</summary>
    private static void Proceed(ResidencyTurn turn, ModelName beneficiary)
    {
        if (turn.Find(beneficiary)?.Load is not { } load)
        {
            return;
        }

        var phases = load.Victims.Select(v => (Model: v, turn.Find(v)?.Replica?.Phase)).ToArray();
        if (phases.Any(p => p.Phase == DrainPhase.Asked))
        {
            return;
        }

        if (phases.Any(p => p.Phase == DrainPhase.Yielding))
        {
            if (!load.Yields)
            {
                LoadPlanning.Drop(turn, beneficiary);
            }

            return;
        }

        foreach (var (victim, _) in phases.Where(p => p.Phase == DrainPhase.Idle && turn.Find(p.Model)!.State == ModelState.Hot))
        {
            Unload(turn, victim);
            ThrashDetector.OnEvicted(turn, victim, beneficiary);
        }
    }

    private static void Unload(ResidencyTurn turn, ModelName model)
    {
        var replica = turn.Find(model)!.Replica!;
        if (turn.Move(model, ModelTrigger.UnloadStarted, Label(replica.Leaving)))
        {
            turn.Add(new ResidencyEffect.StartUnload(model, replica.Allocation));
        }
        else
        {
            Keep(turn, model);
        }
    }

    private static (string Type, string Message) Describe(ModelName model, ReplicaRecord replica, TimeSpan now)
    {
        var figures = $"({Phrases.Sum(replica.Allocation)}, idle {Phrases.Short(now - replica.LastUsed)})";
        return replica.Leaving switch
        {
            UnloadReason.Evicted => (AnnouncementTypes.ModelEvicted, $"evicted {model} {figures} to make room for {replica.EvictedFor}"),
            UnloadReason.MemoryPressure => (AnnouncementTypes.ModelEvicted, $"evicted {model} {figures} because other programs need the memory"),
            UnloadReason.Idle => (AnnouncementTypes.ModelUnloaded, $"{Phrases.Unloaded(model)} {model} {figures}: nobody used it for longer than its idle time"),
            UnloadReason.Removed => (AnnouncementTypes.ModelUnloaded, $"stopped {model} {figures}: its manifest is gone"),
            UnloadReason.Replaced when model.IsApp => (AnnouncementTypes.ModelUnloaded, $"stopped {model} {figures}: its manifest has changed"),
            UnloadReason.Replaced => (AnnouncementTypes.ModelUnloaded, $"unloaded {model} {figures} to load it again " + (replica.IsOutdated ? "as it is on disk now" : "with this node's own context")),
            _ => (AnnouncementTypes.ModelUnloaded, $"{Phrases.Unloaded(model)} {model} {figures} at the operator's wish"),
        };
    }

    private static string Label(UnloadReason? reason) => reason switch
    {
        UnloadReason.Evicted => "evicted",
        UnloadReason.MemoryPressure => "memory_pressure",
        UnloadReason.Idle => "idle",
        UnloadReason.Replaced => "replaced",
        UnloadReason.Removed => "removed",
        _ => "operator",
    };
}
