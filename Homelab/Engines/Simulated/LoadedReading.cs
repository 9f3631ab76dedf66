namespace Homelab.Engines.Simulated;

/// <summary>One line of the list of loaded models.</summary>
internal sealed record LoadedReading(SimulatedModel Model, long Bytes, int Context, DateTimeOffset ExpiresAt, int References);
