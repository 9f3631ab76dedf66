using Homelab.Contracts;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>What <c>infra_list</c> answers; one of them.</summary>
/// <param name="Nodes">The machines and the folders that may be read there, where no root was asked for.</param>
/// <param name="Folder">One folder.</param>
internal sealed record InfraListAnswer(IReadOnlyList<InfraNodeWire>? Nodes = null, InfraListWire? Folder = null);
