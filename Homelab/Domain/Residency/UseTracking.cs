using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Keeps each replica's lease count and recent rate of use up to date from the shell's counters.</summary>
internal static class UseTracking
{
    /// <summary>Time constant of the rate's decay: a use weighs 1/e after it.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    /// <summary>Takes the counters in; a replica without a reading has no gate and so no lease.</summary>
    public static void Absorb(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values)
        {
            if (record.Replica is { } replica)
            {
                Absorb(turn, record, replica, Reading(turn, record.Name) ?? new LeaseReading(record.Name, 0, replica.Served ?? 0, replica.LastUsed));
            }
        }
    }

    /// <summary>Starts counting on a new replica. It may have leases from before: of requests that still hold one on a replica that was lost.</summary>
    public static void Begin(ResidencyTurn turn, ModelName model)
    {
        if (Reading(turn, model) is { } reading)
        {
            var record = turn.Find(model)!;
            Absorb(turn, record, record.Replica!, reading);
        }
    }

    /// <summary>The rate at <paramref name="now"/>, in uses a second.</summary>
    public static double RateAt(ReplicaRecord replica, TimeSpan now) =>
        replica.UseRate * Math.Exp(-Math.Max(0, (now - replica.RatedAt).TotalSeconds) / Memory.TotalSeconds);

    /// <summary>The replica after some more uses.</summary>
    public static ReplicaRecord Used(ReplicaRecord replica, TimeSpan now, long uses) =>
        replica with { UseRate = RateAt(replica, now) + (uses / Memory.TotalSeconds), RatedAt = now };

    private static LeaseReading? Reading(ResidencyTurn turn, ModelName model) => turn.Leases.FirstOrDefault(l => l.Model == model);

    private static void Absorb(ResidencyTurn turn, ModelRecord record, ReplicaRecord replica, LeaseReading reading)
    {
        var uses = Math.Max(0, reading.Served - (replica.Served ?? reading.Served));
        var lastUsed = reading.LastUsed > replica.LastUsed ? reading.LastUsed : replica.LastUsed;
        if (replica.Served is null || uses > 0 || reading.Leases != replica.Leases || lastUsed != replica.LastUsed)
        {
            turn.Put(record with { Replica = Used(replica, turn.Now, uses) with { Served = Math.Max(reading.Served, replica.Served ?? 0), UsedHere = replica.UsedHere || uses > 0, Leases = reading.Leases, LastUsed = lastUsed } });
        }

        if (record.State == ModelState.Hot && reading.Leases > 0)
        {
            turn.Move(record.Name, ModelTrigger.FirstLeaseTaken, "a request uses it");
        }
        else if (record.State == ModelState.Leased && reading.Leases == 0)
        {
            turn.Move(record.Name, ModelTrigger.LastLeaseReturned, "its last request ended");
        }
    }
}
