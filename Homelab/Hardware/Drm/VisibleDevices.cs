using System.Globalization;

namespace Homelab.Hardware.Drm;

/// <summary>Which GPUs <c>ROCR_VISIBLE_DEVICES</c> and <c>HIP_VISIBLE_DEVICES</c> leave to ROCm programs: numbers in the order in which ROCm counts, or ids of
/// the form <c>GPU-...</c> (the former only). As with CUDA, an entry that names none ends the list.</summary>
internal static class VisibleDevices
{
    /// <param name="rocr">Value of <c>ROCR_VISIBLE_DEVICES</c>; null: not set.</param>
    /// <param name="hip">Value of <c>HIP_VISIBLE_DEVICES</c>, which counts what the former leaves; null: not set.</param>
    /// <param name="nodes">All, in ROCm's order.</param>
    public static IReadOnlyList<KfdNode> Of(string? rocr, string? hip, IReadOnlyList<KfdNode> nodes) => Chosen(hip, Chosen(rocr, nodes));

    private static IReadOnlyList<KfdNode> Chosen(string? value, IReadOnlyList<KfdNode> nodes)
    {
        if (value is null)
        {
            return nodes;
        }

        var chosen = new List<KfdNode>();
        foreach (var entry in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var node = int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? nodes.ElementAtOrDefault(number)
                : nodes.FirstOrDefault(n => n.Uuid is not null && string.Equals(n.Uuid, entry, StringComparison.OrdinalIgnoreCase));
            if (node is null || chosen.Contains(node))
            {
                break;
            }

            chosen.Add(node);
        }

        return chosen;
    }
}
