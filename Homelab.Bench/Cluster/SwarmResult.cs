namespace Homelab.Bench.Cluster;

/// <summary>What a hub did under a swarm.</summary>
/// <param name="Nodes">Machines that reported.</param>
/// <param name="PerSecond">Heartbeats a second.</param>
/// <param name="Core">Share of one core that the hub used.</param>
/// <param name="ResidentBytes">Its resident memory at the end.</param>
/// <param name="P50">Milliseconds of a heartbeat that is answered at once.</param>
/// <param name="P99">The same, of the slowest of a hundred.</param>
/// <param name="Errors">Heartbeats that were not acknowledged.</param>
internal sealed record SwarmResult(int Nodes, double PerSecond, double Core, long ResidentBytes, double P50, double P99, int Errors);
