using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Hardware.Metal;

/// <summary>The GPU of a Mac with Apple silicon: it may have main memory up to a limit. What is free of it only the machine's main memory tells
/// (<see cref="MachineProbe"/>): Metal knows what this process holds, which is nothing. Any thread.</summary>
/// <param name="read">Reads the GPU; null where there is none.</param>
internal sealed class MetalProbe(Func<MetalReading?> read) : IDeviceProbe
{
    public ImmutableArray<DeviceReading> Read()
    {
        // The limit can be changed while the machine runs, so it is read each time; the owner's goes before the system's.
        if (read() is not { } gpu || (gpu.WiredLimit > 0 ? gpu.WiredLimit : gpu.WorkingSet) is not (> 0 and var limit))
        {
            return [];
        }

        return [new DeviceReading("gpu0", DeviceKind.Metal, new ByteSize(limit), new ByteSize(limit)) { IsHostMemory = true, Facts = new DeviceFacts { Product = gpu.Name } }];
    }
}
