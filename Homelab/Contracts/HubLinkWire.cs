namespace Homelab.Contracts;

/// <summary>A daemon's link to its hub.</summary>
/// <param name="Url">The hub's address.</param>
/// <param name="State"><c>connected</c>, <c>connecting</c>, <c>unreachable</c> or <c>refused</c> (it answers, and does not let this machine in).</param>
/// <param name="Problem">Why it is not connected, for people; absent where it is.</param>
internal sealed record HubLinkWire(string Url, string State, string? Problem = null);
