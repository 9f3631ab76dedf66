namespace Homelab.Contracts;

/// <summary>Answer to POST <c>/keys</c>.</summary>
/// <param name="Key">What was made.</param>
/// <param name="Secret">The key itself; shown this once.</param>
internal sealed record KeyMadeWire(KeyWire Key, string Secret)
{
    /// <summary>Leaves the secret out: what is printed ends up in logs.</summary>
    public override string ToString() => Key.Id;
}
