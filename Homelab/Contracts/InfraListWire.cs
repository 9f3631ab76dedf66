namespace Homelab.Contracts;

/// <summary>Answer of GET <c>/infra/{node}/{root}</c>: one folder.</summary>
/// <param name="Node">Name of the machine.</param>
/// <param name="Root">Name of the root.</param>
/// <param name="Path">The folder below the root, parts joined by <c>/</c>; empty: the root itself.</param>
/// <param name="Entries">By name: folders, and files that the root's patterns include.</param>
/// <param name="HiddenCount">Files left out because no pattern includes them.</param>
/// <param name="Truncated">Whether there are more entries than are shown.</param>
internal sealed record InfraListWire(string Node, string Root, string Path, IReadOnlyList<InfraEntryWire> Entries, int HiddenCount = 0, bool Truncated = false);
