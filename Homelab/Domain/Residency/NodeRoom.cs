using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Free bytes by device and the number of replicas that hold the rest, under one way of counting. Immutable. Negative where more is held
/// than the budget allows. What comes and goes is given replica by replica.</summary>
internal sealed class NodeRoom
{
    private readonly ImmutableArray<DeviceSnapshot> _devices;
    private readonly long[] _free;

    private NodeRoom(ImmutableArray<DeviceSnapshot> devices, long[] free, int replicas)
    {
        _devices = devices;
        _free = free;
        Replicas = replicas;
    }

    /// <summary>Replicas of the engine that count as being there.</summary>
    public int Replicas { get; }

    /// <summary>Whether no device holds more than its budget.</summary>
    public bool IsWithinBudget => Array.TrueForAll(_free, f => f >= 0);

    /// <summary>An empty node.</summary>
    public static NodeRoom Empty(ResidencySnapshot snapshot)
    {
        var devices = snapshot.Devices.Values.ToImmutableArray();
        return new NodeRoom(devices, [.. devices.Select(d => d.Budget.Bytes)], 0);
    }

    /// <summary>What is free once everything decided has happened: every reservation counts, replicas that leave do not.</summary>
    public static NodeRoom Decided(ResidencySnapshot snapshot) =>
        Empty(snapshot).Minus(snapshot.Models.Values.SelectMany(m =>
            Some(m, (m.Replica is { Leaving: null } r ? r : null)?.Allocation, m.Load?.Allocation)));

    /// <summary>What is free at this moment: every replica counts until it is gone, and every load that was sent.</summary>
    public static NodeRoom Physical(ResidencySnapshot snapshot) =>
        Empty(snapshot).Minus(snapshot.Models.Values.SelectMany(m =>
            Some(m, m.Replica?.Allocation, (m.Load is { SentAt: not null } l ? l : null)?.Allocation)));

    public NodeRoom Minus(IEnumerable<Occupancy> replicas) => Add(replicas, -1);

    public NodeRoom Plus(IEnumerable<Occupancy> replicas) => Add(replicas, 1);

    /// <summary>By device the less of both, and the more replicas.</summary>
    public NodeRoom And(NodeRoom other) => new(_devices, [.. _free.Zip(other._free, Math.Min)], Math.Max(Replicas, other.Replicas));

    /// <summary>Whether these bytes fit where they are meant to go.</summary>
    public bool Holds(ImmutableArray<DeviceAllocation> allocation) =>
        allocation.All(a => Free(a.Device) >= a.Bytes.Bytes);

    /// <summary>The room of every device, as a placement wants it.</summary>
    public IEnumerable<DeviceRoom> Rooms() => _devices.Select((d, i) => new DeviceRoom(d.Name, d.Kind, new ByteSize(Math.Max(0, _free[i]))));

    /// <summary>What is free of every device in the engine's eyes, which knows nothing of our reserve.</summary>
    public IEnumerable<DeviceRoom> BeyondReserve() =>
        _devices.Select((d, i) => new DeviceRoom(d.Name, d.Kind, new ByteSize(Math.Max(0, _free[i] + (d.Total - d.UsedByOthers - d.Budget).Bytes))));

    /// <summary>Free bytes of one device; 0 for one that is not there.</summary>
    public long Free(string device)
    {
        for (var i = 0; i < _devices.Length; i++)
        {
            if (_devices[i].Name == device)
            {
                return _free[i];
            }
        }

        return 0;
    }

    private static IEnumerable<Occupancy> Some(ModelRecord record, params IEnumerable<ImmutableArray<DeviceAllocation>?> allocations) =>
        allocations.OfType<ImmutableArray<DeviceAllocation>>().Select(allocation => Occupancy.Of(record, allocation));

    private NodeRoom Add(IEnumerable<Occupancy> replicas, int sign)
    {
        var free = (long[])_free.Clone();
        var count = Replicas;
        foreach (var (allocation, inEngine) in replicas)
        {
            count -= inEngine ? sign : 0;
            foreach (var part in allocation)
            {
                for (var i = 0; i < _devices.Length; i++)
                {
                    if (_devices[i].Name == part.Device)
                    {
                        free[i] += sign * part.Bytes.Bytes;
                    }
                }
            }
        }

        return new NodeRoom(_devices, free, count);
    }
}
