using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Hardware.Nvml;

namespace Homelab.Hardware;

/// <summary>All devices of this machine: its GPUs, then its main memory. Any thread.</summary>
internal sealed class MachineProbe(IDeviceProbe gpus, IDeviceProbe memory) : IDeviceProbe, IDisposable
{
    public static MachineProbe OfThisMachine(TimeProvider time) => new(new GuardedProbe(NvmlProbe.OfThisMachine(), time), new HostMemoryProbe());

    public ImmutableArray<DeviceReading> Read() => [.. gpus.Read(), .. memory.Read()];

    public void Dispose() => (gpus as IDisposable)?.Dispose();
}
