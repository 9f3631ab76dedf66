using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>Adds up, by device, what replicas hold and what loads have reserved. Nothing is stored: the ledger is computed from the
/// snapshot each time, so no memory can be booked twice or forgotten.</summary>
internal static class MemoryLedger
{
    /// <summary>The balance of every device, in order of name. Allocations on devices that are not there (unplugged, renamed) count nowhere.</summary>
    /// <param name="devices">As last observed.</param>
    /// <param name="held">Of all replicas in memory; to see what evicting some would give, leave theirs out.</param>
    /// <param name="reserved">Of all loads decided or under way.</param>
    public static ImmutableArray<DeviceBalance> Balance(
        IEnumerable<DeviceSnapshot> devices,
        IEnumerable<DeviceAllocation> held,
        IEnumerable<DeviceAllocation> reserved)
    {
        var heldBy = Sum(held);
        var reservedBy = Sum(reserved);
        return
        [
            .. devices
                .OrderBy(device => device.Name, StringComparer.Ordinal)
                .Select(device => new DeviceBalance(device, heldBy.GetValueOrDefault(device.Name), reservedBy.GetValueOrDefault(device.Name))),
        ];
    }

    /// <summary>The room on every device; see <see cref="Balance"/>.</summary>
    public static ImmutableArray<DeviceRoom> Rooms(
        IEnumerable<DeviceSnapshot> devices,
        IEnumerable<DeviceAllocation> held,
        IEnumerable<DeviceAllocation> reserved) => [.. Balance(devices, held, reserved).Select(balance => balance.Room)];

    private static Dictionary<string, ByteSize> Sum(IEnumerable<DeviceAllocation> allocations)
    {
        var sums = new Dictionary<string, ByteSize>(StringComparer.Ordinal);
        foreach (var allocation in allocations)
        {
            // Saturating: a scheduler must not die of an absurd figure.
            var before = sums.GetValueOrDefault(allocation.Device).Bytes;
            sums[allocation.Device] = new ByteSize(before + Math.Clamp(allocation.Bytes.Bytes, 0, long.MaxValue - before));
        }

        return sums;
    }
}
