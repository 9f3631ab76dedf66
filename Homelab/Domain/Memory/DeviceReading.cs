using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>What a probe read of one device at one moment, before anything is attributed to models.</summary>
/// <param name="Name">Unique on the node, e.g. <c>gpu0</c> or <c>ram</c>.</param>
/// <param name="Kind">What memory it is.</param>
/// <param name="Total">Bytes that can be used at all (a container's limit, not the machine's).</param>
/// <param name="Free">Bytes free now, whoever used the rest; null where the device was declared in the configuration and nothing measures it.</param>
internal sealed record DeviceReading(string Name, DeviceKind Kind, ByteSize Total, ByteSize? Free)
{
    public DeviceFacts? Facts { get; init; }

    /// <summary>Whether it is a GPU whose memory is a part of the machine's main memory, which nobody may count a second time.</summary>
    public bool IsHostMemory { get; init; }
}
