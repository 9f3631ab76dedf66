using System.Collections.Frozen;

namespace Homelab.Apps.Manifests;

/// <summary>Which names of files and folders mean the same on every system. Windows opens a device for some, whatever their ending, and drops
/// dots and blanks at the end.</summary>
internal static class PortableName
{
    private static readonly FrozenSet<string> Devices = new[] { "con", "prn", "aux", "nul", "conin$", "conout$" }
        .Concat(from port in (string[])["com", "lpt"] from number in "0123456789\u00b9\u00b2\u00b3" select port + number)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether Windows would open a device.</summary>
    public static bool IsDevice(string name) => Devices.Contains(name.Split('.')[0].TrimEnd(' '));

    /// <summary>Whether Windows would open a file of another name.</summary>
    public static bool EndsAmbiguously(string name) => name.EndsWith('.') || name.EndsWith(' ');
}
