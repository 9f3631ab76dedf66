using Homelab.Domain.Memory;

namespace Homelab.Hardware.Nvml;

/// <summary>One GPU, or one part of a GPU that is split up (MIG), as NVML told it.</summary>
/// <param name="Index">Of the GPU, in NVML's order; its parts have the same.</param>
/// <param name="Uuid">Its own.</param>
/// <param name="ParentUuid">Of the GPU that it is a part of; null for a whole one.</param>
/// <param name="Total">Bytes that programs can have.</param>
/// <param name="Free">Bytes that are free; 0 where nothing can be put there.</param>
/// <param name="Facts">For people.</param>
internal sealed record NvmlReading(int Index, string? Uuid, string? ParentUuid, long Total, long Free, DeviceFacts Facts)
{
    /// <summary>How fast the GPU is next to others, by its cores and their highest clock; 0: not read, or unknown.</summary>
    public long Speed { get; init; }
}
