using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary><c>daemon.memory:</c></summary>
internal sealed class MemoryConfig
{
    /// <summary>Kept free on each device.</summary>
    public ByteSize Reserve { get; set; } = ByteSize.FromMebibytes(512);

    public CpuOffload CpuOffload { get; set; } = CpuOffload.Never;

    /// <summary>A model younger than this, or than twice its load time, is not evicted for another.</summary>
    public Duration MinResidency { get; set; } = Duration.FromSeconds(30);

    /// <summary>Declared devices; they replace what is probed.</summary>
    public List<DeviceConfig> Devices { get; set; } = [];
}
