using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Hardware;

namespace Homelab.Tests.Cli;

/// <summary>Devices that do not depend on the machine that runs the test.</summary>
internal sealed class FixedProbe(params DeviceReading[] devices) : IDeviceProbe
{
    public ImmutableArray<string> LeftOut { get; init; } = [];

    public ImmutableArray<DeviceReading> Read() => [.. devices];
}
