using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Follows what other programs take of the devices, and gives idle replicas' memory back when they need it.</summary>
internal static class MemoryPressure
{
    /// <summary>Takes a probe's readings in. While memory is moving nobody can tell whose it is: then what others use stays as it was known.</summary>
    public static void OnDevicesObserved(ResidencyTurn turn, ImmutableArray<DeviceReading> readings)
    {
        var isMoving = turn.Snapshot.Models.Values.Any(m => m.State == ModelState.Unloading || m.Load?.SentAt is not null);
        var devices = turn.Snapshot.Devices.Clear();
        foreach (var reading in GpuUse.Counted(turn.Snapshot, readings))
        {
            var total = ByteSize.Max(ByteSize.Zero, reading.Total);
            var others = isMoving && turn.Snapshot.Devices.TryGetValue(reading.Name, out var known) ? known.UsedByOthers : UsedByOthers(turn.Snapshot, reading);
            devices = devices.SetItem(reading.Name, new DeviceSnapshot(reading.Name, reading.Kind, total, ByteSize.Min(others, total), turn.Policy.Reserve) { Facts = reading.Facts, IsMeasured = reading.Free is not null });
        }

        turn.Snapshot = turn.Snapshot with { Devices = devices };
        if (!isMoving)
        {
            Relieve(turn);
        }
    }

    private static ByteSize UsedByOthers(ResidencySnapshot snapshot, DeviceReading reading)
    {
        var (held, mapped) = (0L, 0L);
        foreach (var record in snapshot.Models.Values)
        {
            var here = record.Replica?.Allocation.Where(a => a.Device == reading.Name).Sum(a => a.Bytes.Bytes) ?? 0;
            held += here;
            mapped += Math.Min(here, (record.Facts?.WeightBytes ?? record.Installed?.FileSize ?? ByteSize.Zero).Bytes);
        }

        return DeviceAttribution.UsedByOthers(reading, new ByteSize(held), new ByteSize(mapped));
    }

    private static void Relieve(ResidencyTurn turn)
    {
        var room = NodeRoom.Decided(turn.Snapshot);
        if (room.IsWithinBudget)
        {
            turn.Snapshot = turn.Snapshot with { UnderPressure = false };
            return;
        }

        if (Evictions.IsAnswerOutstanding(turn.Snapshot))
        {
            return;
        }

        var idle = EvictionCandidates.Idle(turn.Snapshot, turn.Now);
        var options = EvictionPolicy.Options(idle, room, r => r.IsWithinBudget);
        var victims = options.IsEmpty ? Helpful(idle, room) : options[0].Victims;
        foreach (var victim in victims)
        {
            Evictions.Leave(turn, victim, UnloadReason.MemoryPressure);
        }

        if (!turn.Snapshot.UnderPressure)
        {
            turn.Announce(
                AnnouncementTypes.MemoryPressure,
                null,
                victims.IsEmpty
                    ? $"other programs need memory that models hold ({Shortage(turn.Snapshot, room)} short), and nothing idle can go"
                    : $"other programs need memory that models hold ({Shortage(turn.Snapshot, room)} short): unloading {Phrases.List(victims)}",
                ("short_bytes", Phrases.Bytes(Shortage(turn.Snapshot, room))),
                ("victims", string.Join(' ', victims)));
        }

        turn.Snapshot = turn.Snapshot with { UnderPressure = true };
    }

    private static ImmutableArray<ModelName> Helpful(ImmutableArray<EvictionCandidate> idle, NodeRoom room) =>
        [.. idle.Where(c => c.Held.Any(a => room.Free(a.Device) < 0)).Select(c => c.Model)];

    private static ByteSize Shortage(ResidencySnapshot snapshot, NodeRoom room) =>
        new(snapshot.Devices.Keys.Sum(d => Math.Max(0, -room.Free(d))));
}
