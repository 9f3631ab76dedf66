namespace Homelab.Contracts;

/// <summary>GET <c>/status</c>: the role at a glance.</summary>
/// <param name="Role"><c>daemon</c> or <c>hub</c>.</param>
/// <param name="Version">Of the executable.</param>
/// <param name="Node">Name of the node; absent on a hub.</param>
/// <param name="UptimeSeconds">Since the start.</param>
/// <param name="Hub">The hub that this daemon belongs to; absent where it is alone.</param>
/// <param name="NodesLive">How many nodes can take work; a lone daemon counts itself.</param>
/// <param name="ModelsHot">Replicas in memory.</param>
/// <param name="Leases">Requests being served.</param>
/// <param name="QueueDepth">Requests that wait for a load or for room.</param>
/// <param name="Engine">What runs models here; absent on a hub.</param>
/// <param name="Draining">Whether it is shutting down and takes nothing new; absent means no.</param>
/// <param name="Warnings">What the operator should know, one sentence each; absent where there is nothing.</param>
internal sealed record StatusWire(
    string Role,
    string Version,
    string? Node,
    double UptimeSeconds,
    HubLinkWire? Hub,
    int NodesLive,
    int ModelsHot,
    int Leases,
    int QueueDepth,
    EngineWire? Engine,
    bool? Draining = null,
    IReadOnlyList<string>? Warnings = null);
