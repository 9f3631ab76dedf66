using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Hardware;

/// <summary>The machine's main memory as device <c>ram</c>: what is installed and what programs can still get without swapping, on Linux both
/// within the limits of the container or service that this process runs in. Swap is never counted.</summary>
internal sealed class HostMemoryProbe : IDeviceProbe
{
    /// <summary>The name of the device.</summary>
    public const string Device = "ram";

    private readonly Func<HostMemory?> _read;

    public HostMemoryProbe()
        : this(ForThisSystem())
    {
    }

    /// <param name="read">Reads the memory; null where it cannot be read.</param>
    internal HostMemoryProbe(Func<HostMemory?> read) => _read = read;

    public ImmutableArray<DeviceReading> Read()
    {
        try
        {
            return _read() is { Total: > 0 } memory
                ? [new DeviceReading(Device, DeviceKind.Ram, new ByteSize(memory.Total), new ByteSize(Math.Clamp(memory.Available, 0, memory.Total)))]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException or NotSupportedException)
        {
            return [];
        }
    }

    private static Func<HostMemory?> ForThisSystem()
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsMemory.Read;
        }

        if (OperatingSystem.IsMacOS())
        {
            return MacMemory.Read;
        }

        return OperatingSystem.IsLinux() ? new LinuxMemory("/").Read : static () => null;
    }
}
