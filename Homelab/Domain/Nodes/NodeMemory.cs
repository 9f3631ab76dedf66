using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Nodes;

/// <summary>A node's devices as plain numbers, added up once for each heartbeat, so that a decision over thousands of nodes adds up nothing.
/// <see cref="Fits"/> gives the same answer as <see cref="DeviceFit"/> for an estimate without fixed cost.</summary>
internal sealed class NodeMemory
{
    private readonly ImmutableArray<DeviceSnapshot> _devices;
    private readonly long[] _free;
    private readonly bool _hasGpu;
    private readonly bool _canSpill;

    private NodeMemory(ImmutableArray<DeviceSnapshot> devices, long[] free, bool canSpill)
    {
        _devices = devices;
        _free = free;
        _canSpill = canSpill;
        foreach (var device in devices)
        {
            _hasGpu |= device.Kind != DeviceKind.Ram;
        }
    }

    /// <summary>Devices that count; a decision looks at no more than <see cref="MaximumDevices"/>.</summary>
    public int Count => _free.Length;

    /// <summary>Devices of one node beyond which the rest is ignored.</summary>
    public const int MaximumDevices = 32;

    /// <summary>Budget less what replicas hold, by device; negative where more is held. Replicas that are leaving count as gone.</summary>
    public ReadOnlySpan<long> Free => _free;

    /// <summary>Whether a replica may lie in RAM beside GPUs: that is so where the node's largest budget is more than its GPUs'.</summary>
    public static NodeMemory Of(ImmutableArray<DeviceSnapshot> devices, ImmutableArray<NodeReplica> replicas, ByteSize largestBudget)
    {
        devices = devices.Length > MaximumDevices ? devices[..MaximumDevices] : devices;
        var free = new long[devices.Length];
        var gpus = 0L;
        var isMetal = false;
        for (var i = 0; i < free.Length; i++)
        {
            free[i] = devices[i].Budget.Bytes;
            isMetal |= devices[i].Kind == DeviceKind.Metal;
            gpus += devices[i].Kind == DeviceKind.Ram ? 0 : free[i];
        }

        var memory = new NodeMemory(devices, free, largestBudget.Bytes > gpus && !isMetal);
        foreach (var replica in replicas)
        {
            if (replica.State != ModelState.Unloading)
            {
                memory.Take(free, replica.Allocation);
            }
        }

        return memory;
    }

    /// <summary>Budgets with nothing held.</summary>
    public void CopyBudgets(Span<long> room)
    {
        for (var i = 0; i < _devices.Length; i++)
        {
            room[i] = _devices[i].Budget.Bytes;
        }
    }

    /// <summary>Takes an allocation out of some room; parts on devices that are not there count nowhere.</summary>
    public void Take(Span<long> room, ImmutableArray<DeviceAllocation> allocation) => Add(room, allocation, -1);

    /// <summary>Gives it back.</summary>
    public void Give(Span<long> room, ImmutableArray<DeviceAllocation> allocation) => Add(room, allocation, 1);

    /// <summary>Whether a replica of so many bytes fits: on one GPU, else over all, else with the rest in RAM where the node does that; in RAM where there is no GPU.</summary>
    public bool Fits(ReadOnlySpan<long> room, long need)
    {
        long gpus = 0, ram = 0;
        for (var i = 0; i < _devices.Length; i++)
        {
            var free = Math.Max(0, room[i]);
            if (_devices[i].Kind == DeviceKind.Ram)
            {
                ram = Math.Max(ram, free);
            }
            else
            {
                gpus = gpus > long.MaxValue - free ? long.MaxValue : gpus + free;
            }
        }

        return !_hasGpu ? _devices.Length > 0 && ram >= need : gpus >= need || (_canSpill && ram >= need - gpus);
    }

    /// <summary>Where it would lie; null where it does not fit.</summary>
    public ImmutableArray<DeviceAllocation>? Place(ReadOnlySpan<long> room, ByteSize need)
    {
        var rooms = new DeviceRoom[_devices.Length];
        for (var i = 0; i < rooms.Length; i++)
        {
            rooms[i] = new DeviceRoom(_devices[i].Name, _devices[i].Kind, new ByteSize(Math.Max(0, room[i])));
        }

        return DeviceFit.TryPlace(rooms, new MemoryEstimate(need, ByteSize.Zero, ByteSize.Zero, ByteSize.Zero, 1, "reported"), _canSpill);
    }

    private void Add(Span<long> room, ImmutableArray<DeviceAllocation> allocation, int sign)
    {
        foreach (var part in allocation)
        {
            for (var i = 0; i < _devices.Length; i++)
            {
                if (string.Equals(_devices[i].Name, part.Device, StringComparison.Ordinal))
                {
                    room[i] += sign * part.Bytes.Bytes;
                }
            }
        }
    }
}
