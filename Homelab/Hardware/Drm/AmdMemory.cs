namespace Homelab.Hardware.Drm;

/// <summary>What of an AMD GPU's memory compute programs get.</summary>
/// <param name="Total">Bytes in all.</param>
/// <param name="Free">Bytes free.</param>
/// <param name="IsHostMemory">Whether it is part of the machine's main memory, taken from what everybody shares.</param>
internal readonly record struct AmdMemory(long Total, long Free, bool IsHostMemory)
{
    // What a processor's own GPU looks like where nothing better tells it, by Ollama's rule (discover/amd.go).
    private const long LargestCarveOut = 4L << 30;
    private const long LeastShared = 8L << 30;

    /// <summary>Chooses what counts.</summary>
    /// <param name="isIntegrated">Whether the GPU is part of a processor.</param>
    /// <param name="vram">Bytes of a card's own memory, or of what firmware carved out of main memory (amdgpu's <c>mem_info_vram_*</c>).</param>
    /// <param name="vramUsed">Of those, in use; null: unknown, so that nothing is known to be free.</param>
    /// <param name="shared">Bytes of main memory that the GPU may map (<c>mem_info_gtt_*</c>).</param>
    /// <param name="sharedUsed">Of those, mapped.</param>
    /// <remarks>For a processor's own GPU the compute driver serves everything from the shared part where that is the larger one, and never from
    /// both (<c>apu_prefer_gtt</c>, since Linux 6.10): the two are not added up.</remarks>
    public static AmdMemory Of(bool isIntegrated, long vram, long? vramUsed, long? shared, long? sharedUsed)
    {
        var (total, used) = isIntegrated && shared > vram ? (shared.Value, sharedUsed) : (vram, vramUsed);
        return new AmdMemory(total, Math.Clamp(total - (used ?? total), 0, total), isIntegrated && shared > vram);
    }

    /// <summary>Reads it by the kernel driver's files; null where it has none of them.</summary>
    public static AmdMemory? Read(SystemFolder device, bool isIntegrated) => device.Number("mem_info_vram_total") is > 0 and var vram
        ? Of(isIntegrated, vram, device.Number("mem_info_vram_used"), device.Number("mem_info_gtt_total"), device.Number("mem_info_gtt_used"))
        : null;

    /// <summary>Whether it is part of a processor, and its memory that of the machine.</summary>
    public static bool IsIntegrated(DrmCard card)
    {
        // A processor's GPU is never put to sleep by itself, and a card that sleeps must not be woken for this.
        if (card.IsAsleep)
        {
            return false;
        }

        // gpu_metrics begins with its size (two bytes) and the revision of its form: 1 for cards, 2 and 3 for processors.
        if (card.Device.Bytes("gpu_metrics") is { Length: >= 4 } metrics)
        {
            return metrics[2] is 2 or 3;
        }

        if (card.Device.Has("mem_info_vram_vendor") || card.Device.Has("board_info"))
        {
            return false;
        }

        return card.Device.Number("mem_info_vram_total") is > 0 and <= LargestCarveOut and var vram
            && card.Device.Number("mem_info_gtt_total") is >= LeastShared and var shared && shared >= 4 * vram;
    }
}
