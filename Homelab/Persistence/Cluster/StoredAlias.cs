using System.Collections.Immutable;

namespace Homelab.Persistence.Cluster;

/// <summary>A name that an administrator gave to a model, or to a ranked list of models.</summary>
/// <param name="Name">As clients write it.</param>
/// <param name="Of">Canonical names, best first.</param>
internal sealed record StoredAlias(string Name, ImmutableArray<string> Of);
