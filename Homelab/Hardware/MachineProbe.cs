using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware.Drm;
using Homelab.Hardware.Dxgi;
using Homelab.Hardware.Metal;
using Homelab.Hardware.Nvml;

namespace Homelab.Hardware;

/// <summary>All devices of this machine: its GPUs, then its main memory, of which every byte is counted once: what a GPU has of it is the GPU's, and the rest is RAM.
/// Any thread.</summary>
/// <param name="gpus">In this order, each with other GPUs and other names.</param>
/// <param name="memory">The machine's.</param>
internal sealed class MachineProbe(ImmutableArray<IDeviceProbe> gpus, IDeviceProbe memory) : IDeviceProbe, IDisposable
{
    public ImmutableArray<string> LeftOut => [.. gpus.SelectMany(static g => g.LeftOut)];

    /// <summary>Each maker's probe is guarded by itself: a driver that hangs costs the others nothing.</summary>
    public static MachineProbe OfThisMachine(TimeProvider time) => new([.. GpusOfThisMachine().Select(probe => new GuardedProbe(probe, time))], new HostMemoryProbe());

    public ImmutableArray<DeviceReading> Read()
    {
        ImmutableArray<DeviceReading> devices = [.. gpus.SelectMany(static g => g.Read())];
        var main = memory.Read();
        return devices.Any(gpu => gpu.IsHostMemory) ? Divide(devices, main) : [.. devices, .. main];
    }

    public void Dispose()
    {
        foreach (var probe in gpus)
        {
            (probe as IDisposable)?.Dispose();
        }
    }

    private static IEnumerable<IDeviceProbe> GpusOfThisMachine()
    {
        if (OperatingSystem.IsMacOS())
        {
            return [new MetalProbe(MetalLibrary.Read)];
        }

        IDeviceProbe nvidia = NvmlProbe.OfThisMachine();
        if (OperatingSystem.IsWindows())
        {
            return [nvidia, DxgiProbe.OfThisMachine()];
        }

        return OperatingSystem.IsLinux() ? [nvidia, AmdProbe.OfThisMachine(), new IntelProbe("/")] : [nvidia];
    }

    /// <summary>A GPU can have no more of main memory than is free of it, and what it can have is no longer RAM's.</summary>
    private static ImmutableArray<DeviceReading> Divide(ImmutableArray<DeviceReading> gpus, ImmutableArray<DeviceReading> memory)
    {
        if (memory.FirstOrDefault(m => m.Kind == DeviceKind.Ram) is not { Free: { } available } ram)
        {
            return [.. gpus, .. memory];
        }

        var total = ram.Total;
        var devices = ImmutableArray.CreateBuilder<DeviceReading>(gpus.Length + memory.Length);
        foreach (var gpu in gpus)
        {
            if (!gpu.IsHostMemory || gpu.Free is not { } free)
            {
                devices.Add(gpu);
                continue;
            }

            // A container's limit may be lower than what the GPU could map.
            var part = gpu with { Total = ByteSize.Min(gpu.Total, total), Free = ByteSize.Min(free, available) };
            devices.Add(part);
            total -= part.Total;
            available -= part.Free.Value;
        }

        devices.Add(ram with { Total = total, Free = ByteSize.Min(ByteSize.Max(ByteSize.Zero, available), total) });
        return devices.ToImmutable();
    }
}
