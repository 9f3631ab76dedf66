using System.Collections.Immutable;
using System.Globalization;

namespace Homelab.Hardware.Nvml;

/// <summary>Which GPUs CUDA programs of this machine see, by <c>CUDA_VISIBLE_DEVICES</c> (CUDA C++ programming guide, environment variables): indices, ids of
/// GPUs or of their parts, or the beginnings of such ids. What is no device ends the list. Indices count as <c>CUDA_DEVICE_ORDER</c> says. Pure.</summary>
internal static class CudaVisibleDevices
{
    /// <summary>The devices that are seen, in the variable's order; without a variable all. A GPU that is split up and named as a whole stands for its first part, as
    /// a CUDA program sees no more than one.</summary>
    /// <param name="variable">Its value; null: not set.</param>
    /// <param name="order">The value of <c>CUDA_DEVICE_ORDER</c>; null: not set, which is FASTEST_FIRST.</param>
    /// <param name="devices">All, in the order of NVML, which is that of the PCI bus.</param>
    public static ImmutableArray<NvmlReading> Of(string? variable, string? order, ImmutableArray<NvmlReading> devices)
    {
        if (variable is null)
        {
            return devices;
        }

        var ranks = NeedsSpeed(variable, order) ? Fastest(devices) : null;
        var seen = ImmutableArray.CreateBuilder<NvmlReading>();
        foreach (var word in variable.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Find(word, ranks, devices) is not { } device || seen.Contains(device))
            {
                break;
            }

            seen.Add(device);
        }

        return seen.ToImmutable();
    }

    /// <summary>Whether the variable names GPUs by indices that count from the fastest.</summary>
    public static bool NeedsSpeed(string? variable, string? order) =>
        order?.Trim() != "PCI_BUS_ID" && variable is not null && variable.Split(',', StringSplitOptions.TrimEntries).Any(static word => word.Length > 0 && char.IsAsciiDigit(word[0]));

    /// <summary>The GPUs' places on the bus, fastest first; null where all are alike or somebody's speed is unknown, and places on the bus are the best that is known.
    /// CUDA's own rule is not published; machines with unlike GPUs should name them by id, or set PCI_BUS_ID.</summary>
    private static ImmutableArray<int>? Fastest(ImmutableArray<NvmlReading> devices)
    {
        var gpus = devices.GroupBy(d => d.Index).Select(static g => (Index: g.Key, Speed: g.Max(static d => d.Speed))).ToList();
        return gpus.TrueForAll(static g => g.Speed > 0) && gpus.DistinctBy(static g => g.Speed).Count() > 1
            ? [.. gpus.OrderByDescending(static g => g.Speed).ThenBy(static g => g.Index).Select(static g => g.Index)]
            : null;
    }

    private static NvmlReading? Find(string word, ImmutableArray<int>? ranks, ImmutableArray<NvmlReading> devices)
    {
        if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            var place = ranks is not { } order ? index : index >= 0 && index < order.Length ? order[index] : -1;
            return devices.FirstOrDefault(d => d.Index == place);
        }

        if (word.StartsWith("MIG-GPU-", StringComparison.Ordinal) || word.Length < "GPU-".Length + 1)
        {
            // The form of drivers before 470 names instances by numbers that this probe does not read.
            return null;
        }

        var isWhole = word.StartsWith("GPU-", StringComparison.Ordinal);
        if (!isWhole && !word.StartsWith("MIG-", StringComparison.Ordinal))
        {
            return null;
        }

        // The beginning of an id must mean one of them; of one GPU that is split up, its first part.
        var matching = devices.Where(d => (isWhole ? d.ParentUuid ?? d.Uuid : d.Uuid)?.StartsWith(word, StringComparison.OrdinalIgnoreCase) == true).ToList();
        return matching.Select(d => isWhole ? d.ParentUuid ?? d.Uuid : d.Uuid).Distinct().Count() == 1 ? matching[0] : null;
    }
}
