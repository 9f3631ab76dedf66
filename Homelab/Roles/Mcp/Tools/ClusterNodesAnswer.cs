using Homelab.Contracts;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>What <c>cluster_nodes</c> answers.</summary>
/// <param name="Nodes">As the control API tells them.</param>
/// <param name="Truncated">Whether there are more.</param>
internal sealed record ClusterNodesAnswer(IReadOnlyList<NodeWire> Nodes, bool Truncated);
