namespace Homelab.Contracts;

/// <summary>Body of PUT <c>/aliases/{name}</c>.</summary>
/// <param name="Of">The models that it is to stand for, best first; at least one. They need not be installed yet.</param>
internal sealed record AliasRequestWire(IReadOnlyList<string> Of);
