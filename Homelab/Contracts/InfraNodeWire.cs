namespace Homelab.Contracts;

/// <summary>One machine in the answer of GET <c>/infra</c>: which of its folders may be read.</summary>
/// <param name="Id">Of the node.</param>
/// <param name="Name">Of the node.</param>
/// <param name="State">As on GET <c>/nodes</c>: <c>live</c>, <c>suspect</c>, <c>lost</c> or <c>draining</c>.</param>
/// <param name="Roots">Empty where its configuration opens none, and where <paramref name="Problem"/> says why they are not known.</param>
/// <param name="Problem">Why its roots could not be asked for, and what to do; absent where they are known.</param>
internal sealed record InfraNodeWire(string Id, string Name, string State, IReadOnlyList<InfraRootWire> Roots, string? Problem = null);
