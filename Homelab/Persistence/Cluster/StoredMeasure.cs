namespace Homelab.Persistence.Cluster;

/// <summary>What was measured of a model on a node; a figure that was never measured is null.</summary>
/// <param name="Node">Id of the node.</param>
/// <param name="Model">Canonical name.</param>
/// <param name="ServiceSeconds">Mean time that a request holds a lease.</param>
/// <param name="PrefillTokensPerSecond">Of prompts.</param>
/// <param name="DecodeTokensPerSecond">Of answers.</param>
/// <param name="Capacity">Leases granted at the same time.</param>
internal sealed record StoredMeasure(string Node, string Model, double? ServiceSeconds, double? PrefillTokensPerSecond, double? DecodeTokensPerSecond, int Capacity);
