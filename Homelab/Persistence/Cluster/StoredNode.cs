using System.Collections.Immutable;

namespace Homelab.Persistence.Cluster;

/// <summary>What a hub remembers of a machine over its own restart; all else comes with the next heartbeat.</summary>
/// <param name="OldBoots">Boots that a newer one took the place of; they stay refused.</param>
/// <param name="Draining">The operator's wish.</param>
internal sealed record StoredNode(string Id, string Name, string BootId, ImmutableArray<string> OldBoots, bool Draining, DateTimeOffset FirstSeen);
