using System.Collections.Immutable;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub;

/// <summary>What was measured of models, between the cluster and its store.</summary>
internal static class StoredMeasures
{
    public static StoredMeasure Of(ClusterEffect.SaveMeasure save) =>
        new(save.Node, save.Model.Value, save.Measure.ServiceTime?.TotalSeconds, save.Measure.PrefillRate, save.Measure.DecodeRate, save.Measure.Capacity);

    /// <summary>All that is kept, by node. What another version wrote and nobody understands is left out.</summary>
    public static ILookup<string, (ModelName Model, ModelMeasure Measure)> Load(IClusterStore store) =>
        store.LoadMeasures()
            .Select(static m => (m.Node, Parsed: ModelName.TryParse(m.Model, out var name), Model: name, Measure: Read(m)))
            .Where(static m => m.Parsed)
            .ToLookup(static m => m.Node, static m => (m.Model, m.Measure), StringComparer.Ordinal);

    /// <summary>A node as the store knows it.</summary>
    public static ClusterEvent.NodeKnown KnownWith(this StoredNode node, IEnumerable<(ModelName Model, ModelMeasure Measure)> measures) =>
        new(node.Id, node.Name, node.BootId, node.OldBoots, node.Draining)
        {
            FirstSeen = node.FirstSeen,
            Measures = measures.DistinctBy(static m => m.Model).ToImmutableDictionary(static m => m.Model, static m => m.Measure),
        };

    private static ModelMeasure Read(StoredMeasure stored) => new(
        Positive(stored.ServiceSeconds) is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds)) : null,
        Positive(stored.PrefillTokensPerSecond),
        Positive(stored.DecodeTokensPerSecond),
        Math.Max(1, stored.Capacity));

    private static double? Positive(double? figure) => figure is > 0 && double.IsFinite(figure.Value) ? figure : null;
}
