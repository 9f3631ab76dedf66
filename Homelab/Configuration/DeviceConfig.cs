using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary>One declared device.</summary>
internal sealed class DeviceConfig
{
    public string Name { get; set; } = "";

    public DeviceKind Kind { get; set; }

    public ByteSize Total { get; set; }
}
