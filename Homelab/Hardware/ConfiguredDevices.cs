using System.Collections.Immutable;
using Homelab.Domain.Memory;

namespace Homelab.Hardware;

/// <summary>Devices as the configuration declares them: nothing measures them, so <see cref="DeviceReading.Free"/> is always null.</summary>
internal sealed class ConfiguredDevices(ImmutableArray<DeviceReading> devices) : IDeviceProbe
{
    private readonly ImmutableArray<DeviceReading> _devices = [.. devices.Select(d => d with { Free = null })];

    public ImmutableArray<DeviceReading> Read() => _devices;
}
