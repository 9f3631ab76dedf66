namespace Homelab.Contracts;

/// <summary>Answer to POST <c>/nodes/join</c>.</summary>
/// <param name="NodeId">The node's id.</param>
/// <param name="Name">As the hub shows the node.</param>
/// <param name="Credential">What the node sends from now on; shown this once.</param>
/// <param name="Epoch">The hub's.</param>
internal sealed record JoinedWire(string NodeId, string Name, string Credential, long Epoch);
