using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>models list</c> and <c>models show</c> show.</summary>
internal static class ModelListView
{
    public static Report List(IReadOnlyList<ModelWire> models)
    {
        if (models.Count == 0)
        {
            return new Report().Line("No model is installed. Get one with: homelab models pull qwen3:8b");
        }

        var several = models.SelectMany(m => m.Nodes).Select(n => n.Id).Distinct().Count() > 1;
        var grid = new Grid(
            new Column("MODEL"),
            new Column("STATE"),
            new Column("SIZE", Right: true),
            new Column("MEMORY", Right: true, Optional: true),
            new Column("CONTEXT", Right: true, Optional: true),
            new Column("NODES", Optional: true),
            new Column("ALIASES", Optional: true),
            new Column("NOTES", Optional: true));
        foreach (var model in models)
        {
            grid.Add(
                Cell.Of(model.Name, Tone.Strong),
                StateTone.Show(model.State),
                model.SizeBytes > 0 ? Units.Bytes(model.SizeBytes) : "-",
                Memory(model),
                model.Context is > 0 and var context ? context.ToString() : "",
                several ? string.Join(", ", model.Nodes.Select(n => n.Name ?? n.Id)) : "",
                string.Join(", ", model.Aliases),
                Notes(model));
        }

        return new Report().Table(grid);
    }

    public static Report Show(ModelWire model)
    {
        var report = new Report().Line(Cell.Of(model.Name, Tone.Strong).Then("  ").Then(StateTone.Show(model.State)));
        Field(report, "size", model.SizeBytes > 0 ? Units.Bytes(model.SizeBytes) + " on disk" : "");
        Field(report, "memory", Memory(model));
        Field(report, "context", model.Context is > 0 and var context ? $"{context} tokens" : "");
        Field(report, "aliases", string.Join(", ", model.Aliases));
        Field(report, "can", string.Join(", ", model.Capabilities ?? []));
        Field(report, "notes", Notes(model with { Failure = null }));
        foreach (var node in model.Nodes)
        {
            Field(report, "on node", Cell.Of((node.Name ?? node.Id) + ", ").Then(StateTone.Show(node.State)).Then(node.Bytes > 0 ? $", {Units.Bytes(node.Bytes)} in memory" : ""));
        }

        if (model.Estimate is { } estimate)
        {
            EstimateView.Add(report, estimate);
        }

        if (model.Failure is { } failure)
        {
            Field(report, "failed", Cell.Of(failure.Reason, Tone.Bad)
                .Then($" ({Units.Count(failure.Attempts, "attempt")}, next try {(failure.RetrySeconds > 0 ? "in " + Units.Seconds(failure.RetrySeconds) : "at the next request")})"));
        }

        return report;
    }

    private static void Field(Report report, string name, Cell value)
    {
        if (!value.IsEmpty)
        {
            report.Line(Cell.Of(name.PadRight(9), Tone.Muted).Then(value));
        }
    }

    private static string Memory(ModelWire model)
    {
        var bytes = model.Nodes.Sum(n => n.Bytes);
        return bytes > 0 ? Units.Bytes(bytes) : "";
    }

    private static Cell Notes(ModelWire model)
    {
        var words = new List<string>();
        if (model.Pinned)
        {
            words.Add("pinned");
        }

        if (model.Protected)
        {
            words.Add("protected");
        }

        return Cell.Of(model.Simulated ? "SIMULATED " : "", Tone.Warning)
            .Then(string.Join(", ", words), Tone.Muted)
            .Then(model.Failure is { } failure ? (words.Count > 0 ? "; " : "") + failure.Reason : "", Tone.Bad);
    }
}
