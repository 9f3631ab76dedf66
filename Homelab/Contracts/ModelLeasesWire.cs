namespace Homelab.Contracts;

/// <summary>How many requests use a model.</summary>
internal sealed record ModelLeasesWire(string Model, int Count);
