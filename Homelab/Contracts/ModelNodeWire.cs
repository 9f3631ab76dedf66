namespace Homelab.Contracts;

/// <summary>A model on one node.</summary>
/// <param name="Id">The node's id.</param>
/// <param name="State">That node's state of the model.</param>
/// <param name="Bytes">Memory held there; 0 where not in memory.</param>
/// <param name="Name">The node's name.</param>
internal sealed record ModelNodeWire(string Id, string State, long Bytes, string? Name = null);
