namespace Homelab.Persistence.Cluster;

/// <summary>What was measured of a model on a node.</summary>
/// <param name="Json">The figures; their form belongs to who saves them.</param>
internal sealed record StoredMeasure(string Node, string Model, string Json);
