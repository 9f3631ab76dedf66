namespace Homelab.Contracts;

/// <summary>What a command of the kinds <c>infra_roots</c>, <c>infra_list</c> and <c>infra_read</c> asks for.</summary>
/// <param name="By">Name of the key whose holder asks; for the machine's own events.</param>
/// <param name="Root">Which root; absent for <c>infra_roots</c>.</param>
/// <param name="Path">Below the root.</param>
/// <param name="OffsetBytes">Of <c>infra_read</c>; a negative one counts from the end.</param>
internal sealed record InfraQueryWire(string By, string? Root = null, string? Path = null, long OffsetBytes = 0);
