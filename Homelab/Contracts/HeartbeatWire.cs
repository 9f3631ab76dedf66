using System.Text;

namespace Homelab.Contracts;

/// <summary>Body of POST <c>/nodes/heartbeat</c>: what a node says of itself. Nothing in it is a moment of its wall clock; only ages and remaining times.</summary>
/// <param name="Protocol">Version of this exchange; see <see cref="ClusterProtocol"/>.</param>
/// <param name="NodeId">Must be the one that the credential was made for.</param>
/// <param name="BootId">Random, new at every start of the daemon.</param>
/// <param name="Sequence">Grows by one a heartbeat within a boot.</param>
/// <param name="Name">As its configuration calls it.</param>
/// <param name="Version">Of its executable.</param>
/// <param name="State"><c>live</c>, <c>draining</c> (it shuts down and takes nothing new) or <c>leaving</c> (the last heartbeat of this boot).</param>
/// <param name="HoldSeconds">How long the hub may hold its reply; 0: it answers at once.</param>
/// <param name="EpochSeen">Highest epoch of this hub that the node knows; 0 where none.</param>
/// <param name="Address">Base URL at which the hub reaches the daemon; absent where it is not configured: the hub takes the address it sees, with <paramref name="Port"/>.</param>
/// <param name="Port">The port that the daemon listens at.</param>
/// <param name="LoopbackOnly">Whether only its own machine can reach the daemon.</param>
/// <param name="AccessKey">Key by which this hub may call the node's client surface: new at every boot, kept in memory only, never logged.</param>
/// <param name="Engine">What runs models there.</param>
/// <param name="EngineExposed">Base URL of the engine where the hub may reach it without passing the daemon; absent where it may not.</param>
/// <param name="Devices">Its memory.</param>
/// <param name="LargestBudgetBytes">The most that the empty node could give to one model.</param>
/// <param name="AllowsCpuOffload">Whether a model may spill from the GPUs into RAM.</param>
/// <param name="QueueDepth">Requests that wait there.</param>
/// <param name="Replicas">Models in memory, being loaded or being unloaded.</param>
/// <param name="InventoryDigest">Changes when <paramref name="Inventory"/> would.</param>
/// <param name="Inventory">Models on its disk; only sent where the hub asked for it.</param>
/// <param name="Labels">As configured.</param>
/// <param name="Capabilities">Kinds of <see cref="HubCommandWire"/> that it carries out.</param>
/// <param name="Results">What became of commands; repeated until the ack of a heartbeat that carried them.</param>
internal sealed record HeartbeatWire(
    int Protocol,
    string NodeId,
    string BootId,
    long Sequence,
    string Name,
    string Version,
    string State,
    double HoldSeconds,
    int Port,
    bool LoopbackOnly,
    string AccessKey,
    EngineWire Engine,
    IReadOnlyList<DeviceWire> Devices,
    IReadOnlyList<HeartbeatReplicaWire> Replicas,
    string InventoryDigest,
    long EpochSeen = 0,
    string? Address = null,
    string? EngineExposed = null,
    long LargestBudgetBytes = 0,
    bool AllowsCpuOffload = false,
    int QueueDepth = 0,
    IReadOnlyList<InventoryModelWire>? Inventory = null,
    IReadOnlyDictionary<string, string>? Labels = null,
    IReadOnlyList<string>? Capabilities = null,
    IReadOnlyList<CommandResultWire>? Results = null)
{
    /// <summary>Without what is secret in it.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("NodeId = ").Append(NodeId).Append(", BootId = ").Append(BootId).Append(", Sequence = ").Append(Sequence).Append(", State = ").Append(State);
        return true;
    }
}
