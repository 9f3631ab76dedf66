using Homelab.Contracts;
using Homelab.Domain.Memory;

namespace Homelab.Control;

/// <summary>What probes know of a device, between the domain and the wire.</summary>
internal static class DeviceWires
{
    public static DeviceWire With(this DeviceWire wire, DeviceFacts? facts) => facts is null ? wire : wire with
    {
        Product = facts.Product,
        Uuid = facts.Uuid,
        Utilization = facts.Utilisation,
        TemperatureCelsius = facts.Temperature,
        PowerWatts = facts.Power,
        PcieGeneration = facts.LinkGeneration,
        PcieWidth = facts.LinkWidth,
        StaleSeconds = facts.Age?.TotalSeconds,
        Problem = facts.Problem,
    };

    /// <summary>The same with the programs that hold memory of it.</summary>
    public static DeviceWire WithPrograms(this DeviceWire wire, DeviceFacts? facts) => facts is null || facts.Programs.IsEmpty ? wire : wire with
    {
        Programs = [.. facts.Programs.Select(static p => new DeviceProgramWire(p.Id, p.Owner.ToString().ToLowerInvariant(), p.Name, p.Bytes?.Bytes))],
    };
}
