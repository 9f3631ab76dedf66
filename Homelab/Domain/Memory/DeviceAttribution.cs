using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>Tells what others use of a device from what a probe read and what our own models hold there.</summary>
internal static class DeviceAttribution
{
    /// <summary>Bytes on the device that neither our models nor nobody holds; between 0 and the device's total, and 0 where nothing measures it.</summary>
    /// <param name="reading">Of the probe.</param>
    /// <param name="heldByUs">Bytes that our replicas hold there. Loads under way must not be counted: what they have taken so far is unknown.</param>
    /// <param name="weightsMappedFromFile">Of those, weights that the engine maps from the file. In main memory such pages are page cache, which
    /// counts as available, so they were never part of what the probe saw as used. On a GPU this is ignored.</param>
    public static ByteSize UsedByOthers(DeviceReading reading, ByteSize heldByUs, ByteSize weightsMappedFromFile)
    {
        if (reading.Free is not { } free)
        {
            return ByteSize.Zero;
        }

        var total = ByteSize.Max(ByteSize.Zero, reading.Total);
        var used = total - ByteSize.Min(total, ByteSize.Max(ByteSize.Zero, free));
        var ours = ByteSize.Max(ByteSize.Zero, heldByUs);
        if (reading.Kind == DeviceKind.Ram)
        {
            ours -= ByteSize.Min(ours, ByteSize.Max(ByteSize.Zero, weightsMappedFromFile));
        }

        return used - ByteSize.Min(used, ours);
    }
}
