using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Free bytes by device, under one way of counting. Immutable. Negative where more is held than the budget allows.</summary>
internal sealed class NodeRoom
{
    private readonly ImmutableArray<DeviceSnapshot> _devices;
    private readonly long[] _free;

    private NodeRoom(ImmutableArray<DeviceSnapshot> devices, long[] free)
    {
        _devices = devices;
        _free = free;
    }

    /// <summary>Whether no device holds more than its budget.</summary>
    public bool IsWithinBudget => Array.TrueForAll(_free, f => f >= 0);

    /// <summary>An empty node.</summary>
    public static NodeRoom Empty(ResidencySnapshot snapshot)
    {
        var devices = snapshot.Devices.Values.ToImmutableArray();
        return new NodeRoom(devices, [.. devices.Select(d => d.Budget.Bytes)]);
    }

    /// <summary>What is free once everything decided has happened: every reservation counts, replicas that leave do not.</summary>
    public static NodeRoom Decided(ResidencySnapshot snapshot) =>
        Empty(snapshot).Minus(snapshot.Models.Values.SelectMany(m =>
            (m.Replica is { Leaving: null } r ? r.Allocation.AsEnumerable() : []).Concat(m.Load is { } l ? l.Allocation : [])));

    /// <summary>What is free at this moment: every replica counts until it is gone, and every load that was sent.</summary>
    public static NodeRoom Physical(ResidencySnapshot snapshot) =>
        Empty(snapshot).Minus(snapshot.Models.Values.SelectMany(m =>
            (m.Replica is { } r ? r.Allocation.AsEnumerable() : []).Concat(m.Load is { SentAt: not null } l ? l.Allocation : [])));

    public NodeRoom Minus(IEnumerable<DeviceAllocation> allocation) => Add(allocation, -1);

    public NodeRoom Plus(IEnumerable<DeviceAllocation> allocation) => Add(allocation, 1);

    /// <summary>By device, the less of both.</summary>
    public NodeRoom And(NodeRoom other) => new(_devices, [.. _free.Zip(other._free, Math.Min)]);

    /// <summary>Whether these bytes fit where they are meant to go.</summary>
    public bool Holds(ImmutableArray<DeviceAllocation> allocation) =>
        allocation.All(a => Free(a.Device) >= a.Bytes.Bytes);

    /// <summary>The room of every device, as a placement wants it.</summary>
    public IEnumerable<DeviceRoom> Rooms() => _devices.Select((d, i) => new DeviceRoom(d.Name, d.Kind, new ByteSize(Math.Max(0, _free[i]))));

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

    private NodeRoom Add(IEnumerable<DeviceAllocation> allocation, int sign)
    {
        var free = (long[])_free.Clone();
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

        return new NodeRoom(_devices, free);
    }
}
