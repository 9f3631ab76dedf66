using System.Collections.Immutable;
using Homelab.Domain.Memory;

namespace Homelab.Hardware;

/// <summary>Reads the devices of this machine.</summary>
internal interface IDeviceProbe
{
    /// <summary>Reads now. Fast (no subprocess), never throws: a device that cannot be read is left out.</summary>
    ImmutableArray<DeviceReading> Read();

    /// <summary>GPUs that the last reading left out on purpose, each in a sentence for people that says why and what to do.</summary>
    ImmutableArray<string> LeftOut => [];
}
