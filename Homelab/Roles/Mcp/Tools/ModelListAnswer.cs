using Homelab.Contracts;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>What <c>model_list</c> answers.</summary>
/// <param name="Models">As the control API tells them.</param>
/// <param name="Truncated">Whether there are more.</param>
internal sealed record ModelListAnswer(IReadOnlyList<ModelWire> Models, bool Truncated);
