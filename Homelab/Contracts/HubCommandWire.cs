namespace Homelab.Contracts;

/// <summary>A command of the hub. Sent until its result came; carrying it out twice changes nothing.</summary>
/// <param name="Id">Unique within the hub's life and past any id of an earlier life.</param>
/// <param name="Kind"><c>load</c>, <c>unload</c>, <c>pull</c>, <c>delete</c>, <c>cancel</c> (of the command that <paramref name="Target"/> names), <c>infra_roots</c>, <c>infra_list</c> or <c>infra_read</c>.</param>
/// <param name="Epoch">The hub's; a node refuses what is older than the newest it knows.</param>
/// <param name="DeadlineSeconds">From the moment it is received; past it nothing is begun.</param>
/// <param name="Model">Which model.</param>
/// <param name="Target">Id of the command to cancel.</param>
/// <param name="Infra">Which files are asked for.</param>
internal sealed record HubCommandWire(string Id, string Kind, long Epoch, double DeadlineSeconds, string? Model = null, string? Target = null, InfraQueryWire? Infra = null);
