namespace Homelab.Hardware.Metal;

/// <summary>Apple's GPU as Metal tells it.</summary>
/// <param name="Name">As Apple calls it.</param>
/// <param name="WorkingSet">Bytes that Metal recommends to hold at most.</param>
/// <param name="WiredLimit">Bytes that the owner set as the limit instead; 0: none.</param>
internal sealed record MetalReading(string? Name, long WorkingSet, long WiredLimit);
