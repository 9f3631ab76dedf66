using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Sends replicas away that nobody wants: idle for longer than their policy, or at the operator's word.</summary>
internal static class IdleUnloading
{
    /// <summary>Looks for replicas whose idle time is over.</summary>
    public static void OnTick(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values)
        {
            var policy = turn.Policy.For(record.Name);
            if ((turn.Snapshot.EngineUp || record.Name.IsApp)
                && record is { State: ModelState.Hot, Replica: { Leaving: null, Leases: 0 } replica }
                && policy is { Pin: false } && policy.IdleUnload > TimeSpan.Zero
                && turn.Now - replica.LastUsed >= policy.IdleUnload && turn.Now >= replica.KeptUntil

                // What somebody loaded by hand and we never used is theirs to time out; for room it goes like any other.
                && (!replica.Foreign || replica.UsedHere)
                && !turn.Snapshot.Waiters.Exists(w => w.Model == record.Name))
            {
                Evictions.Leave(turn, record.Name, UnloadReason.Idle);
            }
        }
    }

    /// <summary>The operator's word goes before a pin, and before an idle time; a request that runs goes before the operator.</summary>
    public static void OnUnloadWanted(ResidencyTurn turn, ModelName model)
    {
        if (turn.Find(model) is not { } record || turn.Snapshot.Waiters.Exists(w => w.Model == model && !w.IsOperator))
        {
            return;
        }

        if (record is { State: ModelState.Hot, Replica: { Leaving: null, Leases: 0 } })
        {
            turn.Put(record with { KeptOut = true });
            Evictions.Leave(turn, model, UnloadReason.Operator);
        }
        else if (record.Replica is null)
        {
            // A load that only a pin wants is given up with it.
            turn.Put(record with { KeptOut = true });
        }
    }
}
