namespace Homelab.Contracts;

/// <summary>Body of POST <c>/join-tokens</c>; every field may be absent.</summary>
/// <param name="Uses">How many nodes may join with it; 1 where absent.</param>
/// <param name="TtlSeconds">How long it is good for; a day where absent.</param>
internal sealed record JoinTokenRequestWire(int? Uses = null, double? TtlSeconds = null);
