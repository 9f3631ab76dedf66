using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Where a load would go, under the node's rules.</summary>
internal static class Placement
{
    /// <summary>Whether the estimate fits into the room, and where it would lie.</summary>
    public static bool TryPlace(ResidencySnapshot snapshot, NodeRoom room, MemoryEstimate estimate, out ImmutableArray<DeviceAllocation> allocation)
    {
        // A device that already holds more than its budget takes nothing.
        var place = DeviceFit.TryPlace(room.Rooms(), estimate, snapshot.Policy.AllowCpuOffload);
        allocation = place ?? [];
        return place is not null;
    }

    /// <summary>The most that one replica could hold on an empty node: all GPUs together, with RAM where offload is allowed; RAM without GPUs.</summary>
    public static ByteSize LargestBudget(ResidencySnapshot snapshot)
    {
        var devices = snapshot.Devices.Values;
        var gpus = devices.Where(d => d.Kind != DeviceKind.Ram).Sum(d => d.Budget.Bytes);
        var ram = devices.Where(d => d.Kind == DeviceKind.Ram).Select(d => d.Budget.Bytes).DefaultIfEmpty(0).Max();
        var hasGpu = devices.Any(d => d.Kind != DeviceKind.Ram);
        var canSpill = snapshot.Policy.AllowCpuOffload && devices.All(d => d.Kind != DeviceKind.Metal);
        return new ByteSize(!hasGpu ? ram : canSpill ? gpus + ram : gpus);
    }

    /// <summary>What a replica holds by the engine's own figures: the GPU part spread as planned, the rest in RAM. The plan where the engine says nothing.</summary>
    public static ImmutableArray<DeviceAllocation> Measured(ResidencySnapshot snapshot, ImmutableArray<DeviceAllocation> planned, LoadedModel? loaded)
    {
        if (loaded is null || loaded.TotalBytes <= ByteSize.Zero || snapshot.Devices.IsEmpty)
        {
            return planned;
        }

        var gpus = snapshot.Devices.Values.Where(d => d.Kind != DeviceKind.Ram).ToArray();
        var ram = snapshot.Devices.Values.Where(d => d.Kind == DeviceKind.Ram).MaxBy(d => d.Total);
        var onGpu = gpus.Length == 0 ? ByteSize.Zero : ram is null ? loaded.TotalBytes : ByteSize.Min(loaded.GpuBytes, loaded.TotalBytes);
        var parts = ImmutableArray.CreateBuilder<DeviceAllocation>();
        parts.AddRange(Spread(gpus, planned, onGpu));
        if (ram is not null && loaded.TotalBytes > onGpu)
        {
            parts.Add(new DeviceAllocation(ram.Name, loaded.TotalBytes - onGpu));
        }

        return [.. parts.OrderBy(p => p.Device, StringComparer.Ordinal)];
    }

    private static IEnumerable<DeviceAllocation> Spread(DeviceSnapshot[] gpus, ImmutableArray<DeviceAllocation> planned, ByteSize bytes)
    {
        if (bytes <= ByteSize.Zero)
        {
            yield break;
        }

        // Without a plan (a replica that somebody else loaded) by what each can take.
        var weights = gpus.Select(g => (g.Name, Weight: planned.Where(p => p.Device == g.Name).Sum(p => p.Bytes.Bytes))).Where(w => w.Weight > 0).ToList();
        if (weights.Count == 0)
        {
            weights = [.. gpus.Select(g => (g.Name, Weight: Math.Max(1, g.Budget.Bytes)))];
        }

        var sum = weights.Aggregate(Int128.Zero, (total, w) => total + w.Weight);
        var left = bytes.Bytes;
        for (var i = 0; i < weights.Count; i++)
        {
            var share = i == weights.Count - 1 ? left : (long)(bytes.Bytes * (Int128)weights[i].Weight / sum);
            left -= share;
            yield return new DeviceAllocation(weights[i].Name, new ByteSize(share));
        }
    }
}
