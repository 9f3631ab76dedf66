namespace Homelab.Contracts;

/// <summary>GET <c>/nodes</c>, one machine.</summary>
/// <param name="Id">Stable identity.</param>
/// <param name="Name">For people.</param>
/// <param name="State"><c>live</c>, <c>suspect</c>, <c>lost</c> or <c>draining</c>.</param>
/// <param name="Address">Where others reach its daemon.</param>
/// <param name="Engines">Names of what runs models there; <c>simulated</c> among them means that answers are made up.</param>
/// <param name="Devices">Its memory.</param>
/// <param name="Replicas">Models in memory, being loaded or being unloaded.</param>
/// <param name="HeartbeatAgeSeconds">Since its last sign of life; 0 for the answering daemon itself.</param>
/// <param name="Labels">As configured.</param>
/// <param name="Version">Of its executable.</param>
internal sealed record NodeWire(
    string Id,
    string Name,
    string State,
    string Address,
    IReadOnlyList<string> Engines,
    IReadOnlyList<DeviceWire> Devices,
    IReadOnlyList<ReplicaWire> Replicas,
    double HeartbeatAgeSeconds,
    IReadOnlyDictionary<string, string> Labels,
    string? Version = null);
