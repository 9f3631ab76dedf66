using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>Who holds how much of one device, for display.</summary>
/// <param name="Device">The device.</param>
/// <param name="Held">By replicas.</param>
/// <param name="Reserved">By loads under way.</param>
internal sealed record DeviceUse(DeviceSnapshot Device, ByteSize Held, ByteSize Reserved)
{
    /// <summary>What nobody holds; the reserve is part of it.</summary>
    public ByteSize Free => ByteSize.Max(ByteSize.Zero, Device.Total - Device.UsedByOthers - Held - Reserved);

    public static IEnumerable<DeviceUse> Of(ResidencySnapshot snapshot)
    {
        foreach (var device in snapshot.Devices.Values)
        {
            var held = ByteSize.Zero;
            var reserved = ByteSize.Zero;
            foreach (var record in snapshot.Models.Values)
            {
                held += On(record.Replica?.Allocation ?? [], device.Name);
                reserved += On(record.Load?.Allocation ?? [], device.Name);
            }

            yield return new DeviceUse(device, held, reserved);
        }
    }

    private static ByteSize On(System.Collections.Immutable.ImmutableArray<DeviceAllocation> allocation, string device) =>
        allocation.Where(a => a.Device == device).Aggregate(ByteSize.Zero, (sum, a) => sum + a.Bytes);
}
