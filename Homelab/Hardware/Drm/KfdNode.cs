using System.Globalization;

namespace Homelab.Hardware.Drm;

/// <summary>A GPU as the kernel's compute driver for AMD (KFD) lists it: what is not here ROCm cannot use.</summary>
/// <param name="Slot">Its place on the bus.</param>
/// <param name="Target">The instruction set that programs must be built for, e.g. <c>gfx1151</c>.</param>
/// <param name="Uuid">As ROCm writes it; null where the GPU has no id.</param>
internal sealed record KfdNode(string Slot, string Target, string? Uuid)
{
    /// <summary>The GPUs in the order in which ROCm counts them.</summary>
    /// <param name="root">The folder that stands for <c>/</c>.</param>
    public static IReadOnlyList<KfdNode> List(string root)
    {
        var nodes = new List<(int Number, KfdNode Node)>();
        foreach (var folder in new SystemFolder(Path.Combine(root, "sys/class/kfd/kfd/topology/nodes")).Folders())
        {
            // Processors are nodes too; only GPUs have a target.
            var text = folder.Text("properties");
            if (int.TryParse(Path.GetFileName(folder.Path), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && Property(text, "gfx_target_version") is > 0 and var version
                && Property(text, "location_id") is { } location)
            {
                var slot = BusPlace.Of(Property(text, "domain") ?? 0, location);
                var id = Property(text, "unique_id") ?? 0;
                nodes.Add((number, new KfdNode(slot, TargetOf(version), id == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"GPU-{id:x16}"))));
            }
        }

        return [.. nodes.OrderBy(n => n.Number).Select(n => n.Node)];
    }

    /// <summary>110501 is gfx1151: two digits each of minor and step, of which the names write one, the step as a hexadecimal digit.</summary>
    private static string TargetOf(ulong version) => string.Create(CultureInfo.InvariantCulture, $"gfx{version / 10000}{version / 100 % 100:x}{version % 100:x}");

    private static ulong? Property(string? text, string name) =>
        ulong.TryParse(SystemFolder.Value(text, name, ' '), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
