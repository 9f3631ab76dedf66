namespace Homelab.Configuration;

/// <summary>Whether a model may spill from GPUs into RAM.</summary>
internal enum CpuOffload
{
    /// <summary>What does not fit the GPUs does not fit.</summary>
    Never,

    /// <summary>It may, slowly.</summary>
    Allow,
}
