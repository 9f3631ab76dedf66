namespace Homelab.Contracts;

/// <summary>A daemon's link to its hub.</summary>
/// <param name="Url">The hub's address.</param>
/// <param name="State"><c>connected</c>, <c>connecting</c> or <c>unreachable</c>.</param>
internal sealed record HubLinkWire(string Url, string State);
