using System.Globalization;

namespace Homelab.Hardware.Drm;

/// <summary>A place on the PCI bus as the kernel writes it, from the numbers in which AMD's interfaces do.</summary>
internal static class BusPlace
{
    /// <param name="domain">Of the bus.</param>
    /// <param name="location">Eight bits of bus, five of device, three of function; what is above (a partition's number) does not matter.</param>
    public static string Of(ulong domain, ulong location) =>
        string.Create(CultureInfo.InvariantCulture, $"{domain:x4}:{(location >> 8) & 0xff:x2}:{(location >> 3) & 0x1f:x2}.{location & 7}");
}
