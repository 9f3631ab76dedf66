namespace Homelab.Contracts;

/// <summary>What a done command of the kinds <c>infra_roots</c>, <c>infra_list</c> and <c>infra_read</c> brought; one of them.</summary>
internal sealed record InfraAnswerWire(IReadOnlyList<InfraRootWire>? Roots = null, InfraListWire? List = null, InfraFileWire? File = null);
