namespace Homelab.Hardware.Drm;

/// <summary>A GPU as the kernel's graphics drivers list it under <c>/sys/class/drm</c>, whoever made it.</summary>
/// <param name="Slot">Its place on the bus, e.g. <c>0000:03:00.0</c>.</param>
/// <param name="Driver">Of the kernel: amdgpu, i915, xe, nvidia, ...</param>
/// <param name="Folder">Its own.</param>
/// <param name="Device">The folder of its PCI device.</param>
/// <param name="IsAsleep">Whether the kernel has put it to sleep. To read its sensors would wake it, every few seconds, for ever.</param>
internal sealed record DrmCard(string Slot, string Driver, SystemFolder Folder, SystemFolder Device, bool IsAsleep)
{
    /// <summary>Generation of the PCI Express link as it runs now, from its speed; null where it is not one.</summary>
    public int? LinkGeneration => Device.Text("current_link_speed")?.Split(' ')[0] switch
    {
        "2.5" => 1,
        "5.0" or "5" => 2,
        "8.0" => 3,
        "16.0" => 4,
        "32.0" => 5,
        "64.0" => 6,
        _ => null,
    };

    /// <summary>Lanes of the link as it runs now.</summary>
    public int? LinkWidth => Device.Number("current_link_width") is > 0 and <= 32 and var lanes ? (int)lanes : null;

    /// <summary>All that there are, in order of their place on the bus.</summary>
    /// <param name="root">The folder that stands for <c>/</c>.</param>
    public static IReadOnlyList<DrmCard> List(string root)
    {
        var cards = new List<DrmCard>();
        foreach (var folder in new SystemFolder(Path.Combine(root, "sys/class/drm")).Folders())
        {
            // card0, card1, ...; card0-DP-1 is a socket of it.
            var name = Path.GetFileName(folder.Path.AsSpan());
            if (!name.StartsWith("card", StringComparison.Ordinal) || name[4..].IsEmpty || name[4..].ContainsAnyExceptInRange('0', '9'))
            {
                continue;
            }

            var device = folder.Into("device");
            var facts = device.Text("uevent");
            if (SystemFolder.Value(facts, "PCI_SLOT_NAME", '=') is { } slot)
            {
                cards.Add(new DrmCard(slot, SystemFolder.Value(facts, "DRIVER", '=') ?? "", folder, device, device.Into("power").Text("runtime_status") is "suspended" or "suspending"));
            }
        }

        return [.. cards.OrderBy(card => card.Slot, StringComparer.Ordinal)];
    }
}
