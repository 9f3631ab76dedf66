using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What a model needs, term by term, and where the figure comes from.</summary>
internal static class EstimateView
{
    /// <summary>Adds two lines.</summary>
    public static void Add(Report report, EstimateWire estimate)
    {
        report.Line(Cell.Of("needs    ", Tone.Muted).Then(Units.Bytes(estimate.TotalBytes), Tone.Strong).Then($" = {Terms(estimate)}, x {estimate.Correction:0.00}"));
        report.Line(Cell.Of("from     ", Tone.Muted).Then(estimate.Basis)
            .Then(estimate.Observations is { } loads ? $" ({Units.Count(loads, "load")})" : "")
            .Then(estimate.Context is { } context ? $", context {context}" : "")
            .Then(estimate.Parallel is { } parallel ? $", {parallel} in parallel" : "")
            .Then(estimate.Batch is { } batch ? $", batch {batch}" : "")
            .Then(estimate.OnHostBytes is { } tables ? $", beside {Units.Bytes(tables)} of tables that stay in the file" : ""));
    }

    private static string Terms(EstimateWire estimate)
    {
        var (projector, graph, state) = (estimate.ProjectorBytes ?? 0, estimate.ProjectorGraphBytes ?? 0, estimate.RecurrentStateBytes ?? 0);
        (string Name, long Bytes)[] terms =
        [
            ("weights", estimate.WeightsBytes - projector),
            ("projector", projector + graph),
            ("KV cache", estimate.KvCacheBytes - state),
            ("state", state),
            ("compute", estimate.ComputeBytes - graph),
            ("overhead", estimate.OverheadBytes),
        ];

        // Weights, cache and compute are always told: that one of them is nothing says something too.
        return string.Join(" + ", terms.Where(t => t.Bytes > 0 || t.Name is "weights" or "KV cache" or "compute").Select(t => $"{Units.Bytes(t.Bytes)} {t.Name}"));
    }
}
