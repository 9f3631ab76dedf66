namespace Homelab.Contracts;

/// <summary>A replica that would be evicted.</summary>
/// <param name="Model">Which.</param>
/// <param name="Bytes">Memory it gives back.</param>
/// <param name="ReloadSeconds">What loading it again would take.</param>
/// <param name="LastUsed">Last known use.</param>
internal sealed record VictimWire(string Model, long Bytes, double ReloadSeconds, DateTimeOffset? LastUsed = null);
