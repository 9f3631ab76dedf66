using System.Collections.Immutable;
using System.Globalization;

namespace Homelab.Hardware.Nvml;

/// <summary>Which GPUs CUDA programs of this machine see, by <c>CUDA_VISIBLE_DEVICES</c> (CUDA C++ programming guide, environment variables): indices, ids of
/// GPUs or of their parts, or the beginnings of such ids. What is no device ends the list. Pure.</summary>
internal static class CudaVisibleDevices
{
    /// <summary>The devices that are seen, in the variable's order; without a variable all. A GPU that is split up and named as a whole stands for its first part, as
    /// a CUDA program sees no more than one.</summary>
    /// <param name="variable">Its value; null: not set.</param>
    /// <param name="devices">All, in the order of NVML, which is that of the PCI bus.</param>
    public static ImmutableArray<NvmlReading> Of(string? variable, ImmutableArray<NvmlReading> devices)
    {
        if (variable is null)
        {
            return devices;
        }

        var seen = ImmutableArray.CreateBuilder<NvmlReading>();
        foreach (var word in variable.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Find(word, devices) is not { } device || seen.Contains(device))
            {
                break;
            }

            seen.Add(device);
        }

        return seen.ToImmutable();
    }

    private static NvmlReading? Find(string word, ImmutableArray<NvmlReading> devices)
    {
        if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return devices.FirstOrDefault(d => d.Index == index);
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
