namespace Homelab.Contracts;

/// <summary>GET <c>/aliases</c>, one name.</summary>
/// <param name="Alias">As clients write it.</param>
/// <param name="Of">The models that it stands for, best first: the first that can be served without a load wins, else the first that fits.</param>
/// <param name="From"><c>configuration</c>, which only its file changes, or <c>set</c>.</param>
internal sealed record AliasWire(string Alias, IReadOnlyList<string> Of, string From);
