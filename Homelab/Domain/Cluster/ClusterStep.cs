using System.Collections.Immutable;

namespace Homelab.Domain.Cluster;

/// <summary>The result of applying one event.</summary>
/// <param name="Snapshot">The new state.</param>
/// <param name="Effects">What to do now, in order.</param>
internal sealed record ClusterStep(ClusterSnapshot Snapshot, ImmutableArray<ClusterEffect> Effects);
