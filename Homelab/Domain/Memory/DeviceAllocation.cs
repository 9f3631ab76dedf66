using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>Bytes that one replica holds, or will hold, on one device.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="Bytes">How many.</param>
internal sealed record DeviceAllocation(string Device, ByteSize Bytes);
