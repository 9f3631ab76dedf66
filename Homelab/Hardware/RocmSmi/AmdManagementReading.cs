namespace Homelab.Hardware.RocmSmi;

/// <summary>What a management library told of one GPU; what it cannot tell is null.</summary>
/// <param name="Vram">Bytes of its own memory, or of what firmware carved out for it.</param>
/// <param name="VramUsed">Of those, in use.</param>
/// <param name="Shared">Bytes of main memory that it may map (GTT).</param>
/// <param name="SharedUsed">Of those, mapped.</param>
/// <param name="Product">As AMD sells it.</param>
/// <param name="Utilisation">0 to 1.</param>
/// <param name="Temperature">Degrees Celsius.</param>
/// <param name="Power">Watts.</param>
internal sealed record AmdManagementReading(long Vram, long VramUsed, long? Shared, long? SharedUsed, string? Product, double? Utilisation, double? Temperature, double? Power);
