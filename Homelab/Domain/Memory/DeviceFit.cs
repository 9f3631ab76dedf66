using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>Chooses the devices of one replica. Deterministic whatever the order of the devices, and more room never turns a fit into none.</summary>
internal static class DeviceFit
{
    /// <summary>Where a replica would lie, in order of device name; null where it does not fit. One GPU that holds it all and has least left
    /// over; else all GPUs that are of use, in proportion to what each can take; else, where offload is allowed, all of those and the rest in
    /// RAM. A node without a GPU uses RAM. Never more on a device than its room.</summary>
    /// <param name="rooms">Devices with their room; at most one of kind RAM is expected, of several the roomiest is used.</param>
    /// <param name="estimate">Corrected.</param>
    /// <param name="allowCpuOffload">Whether a node with GPUs may put a part into RAM.</param>
    public static ImmutableArray<DeviceAllocation>? TryPlace(IEnumerable<DeviceRoom> rooms, MemoryEstimate estimate, bool allowCpuOffload)
    {
        if (estimate.MainMemory is { } main)
        {
            return TryPlaceApart([.. rooms], estimate.Total - main, main);
        }

        var need = estimate.Total.Bytes;
        var all = rooms.OrderBy(room => room.Name, StringComparer.Ordinal).ToList();
        var gpus = all.Where(room => room.IsGpu).ToList();
        var ram = all.Where(room => !room.IsGpu).MaxBy(room => room.Free);
        if (gpus.Count == 0)
        {
            return ram is not null && ram.Free.Bytes >= need ? [new DeviceAllocation(ram.Name, estimate.Total)] : null;
        }

        if (gpus.Where(gpu => gpu.Free.Bytes >= need).MinBy(gpu => gpu.Free) is { } best)
        {
            return [new DeviceAllocation(best.Name, estimate.Total)];
        }

        // A GPU's compute buffers and context are needed again on each one.
        var fixedCost = FixedCost(estimate);
        var useful = gpus.Where(gpu => gpu.Free.Bytes > fixedCost).ToList();
        var capacity = useful.Aggregate(Int128.Zero, (sum, gpu) => sum + (gpu.Free.Bytes - fixedCost));
        if (capacity >= need)
        {
            return Split(useful, fixedCost, need, capacity);
        }

        // An Apple GPU's memory is the machine's: there is nothing to spill into.
        var spill = need - (long)capacity;
        var hasOwnMemory = gpus.TrueForAll(gpu => gpu.Kind != DeviceKind.Metal);
        return allowCpuOffload && hasOwnMemory && ram is not null && ram.Free.Bytes >= spill
            ? [.. useful.Select(gpu => new DeviceAllocation(gpu.Name, gpu.Free)).Append(new DeviceAllocation(ram.Name, new ByteSize(spill))).OrderBy(part => part.Device, StringComparer.Ordinal)]
            : null;
    }

    /// <summary>Bytes that every further GPU of a split costs.</summary>
    public static long FixedCost(MemoryEstimate estimate) => Math.Max(0, (estimate.Compute + estimate.Overhead).Bytes);

    /// <summary>Where an app would lie, which takes so much of GPUs and so much of main memory. One GPU that has it all and has least left over, else all in proportion.</summary>
    private static ImmutableArray<DeviceAllocation>? TryPlaceApart(List<DeviceRoom> rooms, ByteSize video, ByteSize main)
    {
        var ram = rooms.Where(room => !room.IsGpu).OrderBy(room => room.Name, StringComparer.Ordinal).MaxBy(room => room.Free);
        var hasGpu = rooms.Exists(room => room.IsGpu);
        if (hasGpu && (ram is null || rooms.Exists(room => room.Kind == DeviceKind.Metal)))
        {
            // One memory for both: an Apple GPU's is the machine's, and of some machines nothing else is known.
            (video, main) = (video + main, ByteSize.Zero);
        }

        var inRam = hasGpu ? main : video + main;
        if (inRam > (ram?.Free ?? ByteSize.Zero))
        {
            return null;
        }

        var onGpus = hasGpu && video > ByteSize.Zero
            ? TryPlace(rooms.Where(room => room.IsGpu), new MemoryEstimate(video, ByteSize.Zero, ByteSize.Zero, ByteSize.Zero, 1, ""), allowCpuOffload: false)
            : [];
        return onGpus is null ? null : inRam == ByteSize.Zero ? onGpus
            : [.. onGpus.Value.Append(new DeviceAllocation(ram!.Name, inRam)).OrderBy(part => part.Device, StringComparer.Ordinal)];
    }

    private static ImmutableArray<DeviceAllocation> Split(List<DeviceRoom> gpus, long fixedCost, long need, Int128 capacity)
    {
        var shares = gpus.ConvertAll(gpu => (long)(need * (Int128)(gpu.Free.Bytes - fixedCost) / capacity));
        var rest = need - shares.Sum();
        for (var i = 0; rest > 0; i++)
        {
            var extra = Math.Min(rest, gpus[i].Free.Bytes - fixedCost - shares[i]);
            shares[i] += extra;
            rest -= extra;
        }

        return [.. gpus.Select((gpu, i) => new DeviceAllocation(gpu.Name, new ByteSize(shares[i] + fixedCost)))];
    }
}
