using Homelab.Clients;

namespace Homelab.Roles.Mcp;

/// <summary>What every tool, resource and prompt works with.</summary>
/// <param name="Target">Whose cluster it is.</param>
/// <param name="Client">Asks it.</param>
/// <param name="Calls">How many calls may run.</param>
/// <param name="Metrics">Counts them.</param>
/// <param name="Time">The process's clock.</param>
internal sealed record ClusterAccess(McpTarget Target, ControlClient Client, CallGate Calls, McpMetrics Metrics, TimeProvider Time);
