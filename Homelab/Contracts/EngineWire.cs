namespace Homelab.Contracts;

/// <summary>The engine of one node.</summary>
/// <param name="Name"><c>ollama</c>, <c>simulated</c>...</param>
/// <param name="Version">As it reports itself; absent until it answered.</param>
/// <param name="State"><c>up</c>, <c>starting</c> or <c>down</c>.</param>
/// <param name="Url">Where it listens; absent where it runs inside the daemon.</param>
/// <param name="Simulated">Whether its answers are made up.</param>
/// <param name="Managed">Whether the daemon started it and stops it.</param>
/// <param name="Problem">Why it is not up, for people.</param>
internal sealed record EngineWire(string Name, string? Version, string State, string? Url, bool Simulated, bool Managed, string? Problem = null);
