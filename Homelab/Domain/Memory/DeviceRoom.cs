using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>Room for new replicas on one device.</summary>
/// <param name="Name">Unique on the node.</param>
/// <param name="Kind">What memory it is.</param>
/// <param name="Free">Bytes a new replica may take.</param>
internal sealed record DeviceRoom(string Name, DeviceKind Kind, ByteSize Free)
{
    /// <summary>Whether it is a GPU.</summary>
    public bool IsGpu => Kind != DeviceKind.Ram;
}
