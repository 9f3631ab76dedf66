namespace Homelab.Hardware;

/// <summary>Main memory at one moment.</summary>
/// <param name="Total">Bytes that programs can have at all.</param>
/// <param name="Available">Bytes that a program could get now without swapping.</param>
internal readonly record struct HostMemory(long Total, long Available);
