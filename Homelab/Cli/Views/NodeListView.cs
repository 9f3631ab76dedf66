using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>nodes</c> shows.</summary>
internal static class NodeListView
{
    public static Report Build(IReadOnlyList<NodeWire> nodes)
    {
        var grid = new Grid(
            new Column("NODE"),
            new Column("STATE"),
            new Column("ADDRESS"),
            new Column("ENGINES"),
            new Column("FREE", Right: true),
            new Column("TOTAL", Right: true),
            new Column("LOADED", Right: true),
            new Column("LEASES", Right: true),
            new Column("SEEN", Right: true),
            new Column("VERSION", Optional: true),
            new Column("LABELS", Optional: true));
        foreach (var node in nodes)
        {
            grid.Add(
                Cell.Of(node.Name, Tone.Strong),
                StateTone.Show(node.State),
                node.Address,
                EngineView.IsSimulated(node) ? Cell.Of("SIMULATED", Tone.Warning) : string.Join(", ", node.Engines),
                Units.Bytes(node.Devices.Sum(d => d.FreeBytes)),
                Units.Bytes(node.Devices.Sum(d => d.TotalBytes)),
                node.Replicas.Count.ToString(),
                node.Replicas.Sum(r => r.Leases).ToString(),
                node.HeartbeatAgeSeconds < 2 ? "now" : Units.Seconds(node.HeartbeatAgeSeconds) + " ago",
                Units.Version(node.Version ?? ""),
                string.Join(", ", node.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}")));
        }

        return new Report().Table(grid);
    }
}
