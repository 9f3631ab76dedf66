using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>The ledger of a snapshot, for display.</summary>
internal static class DeviceUse
{
    /// <summary>Every device with what replicas hold and loads have reserved.</summary>
    public static IEnumerable<DeviceBalance> Of(ResidencySnapshot snapshot) => MemoryLedger.Balance(
        snapshot.Devices.Values,
        snapshot.Models.Values.SelectMany(m => m.Replica?.Allocation ?? []),
        snapshot.Models.Values.SelectMany(m => m.Load?.Allocation ?? []));

    /// <summary>The same with the programs that hold memory, for those who administer this machine.</summary>
    public static IReadOnlyList<DeviceWire> WiresWithPrograms(ResidencySnapshot snapshot) =>
        [.. Wires(snapshot).Select(wire => wire.WithPrograms(snapshot.Devices[wire.Name].Facts))];

    /// <summary>The same as the control API and heartbeats tell it.</summary>
    public static IReadOnlyList<DeviceWire> Wires(ResidencySnapshot snapshot) =>
    [
        .. Of(snapshot).Select(use => new DeviceWire(
            use.Device.Name,
            DeviceWires.Kind(use.Device.Kind),
            use.Device.Total.Bytes,
            FreeOf(use).Bytes,
            use.Held.Bytes + use.Reserved.Bytes,
            use.Device.UsedByOthers.Bytes,
            use.Device.Reserve.Bytes).With(use.Device.Facts)),
    ];

    /// <summary>What nobody holds on a device; its reserve is part of that.</summary>
    public static ByteSize FreeOf(DeviceBalance use) => new(Math.Max(0, use.Device.Total.Bytes - use.Device.UsedByOthers.Bytes - use.Held.Bytes - use.Reserved.Bytes));
}
