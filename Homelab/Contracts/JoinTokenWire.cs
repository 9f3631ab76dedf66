namespace Homelab.Contracts;

/// <summary>Answer to POST <c>/join-tokens</c>.</summary>
/// <param name="Token">The token; shown this once.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
/// <param name="Uses">How many nodes may join with it.</param>
internal sealed record JoinTokenWire(string Token, DateTimeOffset ExpiresAt, int Uses)
{
    /// <summary>Leaves the token out: what is printed ends up in logs.</summary>
    public override string ToString() => $"{Uses} use(s) until {ExpiresAt:O}";
}
