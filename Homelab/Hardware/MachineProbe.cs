using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Hardware.Drm;
using Homelab.Hardware.Nvml;

namespace Homelab.Hardware;

/// <summary>All devices of this machine: its GPUs, then its main memory. Drivers that hang are waited for a moment only. Any thread.</summary>
/// <param name="gpus">In this order, each with other GPUs and other names.</param>
/// <param name="memory">The machine's.</param>
internal sealed class MachineProbe(ImmutableArray<IDeviceProbe> gpus, IDeviceProbe memory) : IDeviceProbe, IDisposable
{
    public static MachineProbe OfThisMachine(TimeProvider time) => new(
        OperatingSystem.IsLinux()
            ? [new GuardedProbe(NvmlProbe.OfThisMachine(), time), new GuardedProbe(new DrmProbe("/"), time)]
            : [new GuardedProbe(NvmlProbe.OfThisMachine(), time)],
        new HostMemoryProbe());

    public ImmutableArray<DeviceReading> Read() => [.. gpus.SelectMany(static g => g.Read()), .. memory.Read()];

    public void Dispose()
    {
        foreach (var probe in gpus)
        {
            (probe as IDisposable)?.Dispose();
        }
    }
}
