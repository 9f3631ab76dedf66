namespace Homelab.Contracts;

/// <summary>Bytes on one device.</summary>
internal sealed record AllocationWire(string Device, long Bytes);
