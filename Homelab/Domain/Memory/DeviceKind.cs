namespace Homelab.Domain.Memory;

/// <summary>What kind of memory a device has.</summary>
internal enum DeviceKind
{
    /// <summary>The machine's main memory.</summary>
    Ram,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>An AMD GPU.</summary>
    Rocm,

    /// <summary>An Apple GPU, whose memory is the machine's.</summary>
    Metal,

    /// <summary>Any other GPU, reached by Vulkan.</summary>
    Vulkan,
}
