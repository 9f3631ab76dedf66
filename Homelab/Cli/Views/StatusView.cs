using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>status</c> shows: who answers, its engine, memory, what is loaded, what waits.</summary>
internal static class StatusView
{
    public static Report Build(StatusWire status, IReadOnlyList<NodeWire> nodes, DateTimeOffset now, bool rich)
    {
        var report = new Report()
            .Line(Cell.Of(status.Node ?? status.Role, Tone.Strong).Then($"  {status.Role} {Units.Version(status.Version)}, up {Units.Seconds(status.UptimeSeconds)}")
                .Then(status.Draining == true ? ", DRAINING: takes nothing new" : "", Tone.Warning));
        if (status.Engine is { } engine)
        {
            report.Line(Field("engine").Then(EngineView.Describe(engine)));
        }

        if (status.Hub is { } hub)
        {
            report.Line(Field("hub").Then(hub.Url + ", ").Then(StateTone.Show(hub.State)).Then(hub.Problem is { } why ? ": " + why : ""));
        }

        report.Line(Field("requests").Then($"{status.Leases} running, {status.QueueDepth} waiting"));
        if (status.NodesLive != 1 || nodes.Count != 1)
        {
            report.Line(Field("nodes").Then($"{status.NodesLive} live of {nodes.Count}"));
        }

        foreach (var warning in status.Warnings ?? [])
        {
            report.Line(Field("warning", Tone.Warning).Then(warning, Tone.Warning));
        }

        var devices = DeviceListView.Grid(nodes, rich);
        if (!devices.IsEmpty)
        {
            report.Gap().Table(devices);
        }

        var replicas = Replicas(nodes, now);
        report.Gap();
        return replicas.IsEmpty ? report.Line("No model is loaded; the next request loads what it needs.") : report.Table(replicas);
    }

    private static Cell Field(string name, Tone tone = Tone.Muted) => Cell.Of(name.PadRight(10), tone);

    private static Grid Replicas(IReadOnlyList<NodeWire> nodes, DateTimeOffset now)
    {
        var grid = new Grid(
            new Column("MODEL"),
            new Column("NODE", Optional: true),
            new Column("STATE"),
            new Column("MEMORY", Right: true),
            new Column("LEASES", Right: true),
            new Column("LAST USED", Right: true),
            new Column("CONTEXT", Right: true, Optional: true),
            new Column("UNLOADS IN", Right: true, Optional: true),
            new Column("NOTES", Optional: true));
        foreach (var node in nodes)
        {
            foreach (var replica in node.Replicas)
            {
                grid.Add(
                    Cell.Of(replica.Model, Tone.Strong),
                    nodes.Count > 1 ? node.Name : "",
                    StateTone.Show(replica.State),
                    Units.Bytes(replica.Bytes),
                    replica.Leases.ToString(),
                    replica.LastUsed is { } used ? Units.Ago(used, now) : "-",
                    replica.Context is > 0 and var context ? context.ToString() : "",
                    replica.IdleUnloadSeconds is { } left ? Units.Seconds(left) : "",
                    Notes(node, replica));
            }
        }

        return grid;
    }

    private static Cell Notes(NodeWire node, ReplicaWire replica)
    {
        var cell = Cell.Of(EngineView.IsSimulated(node) && !replica.Model.StartsWith("apps/", StringComparison.Ordinal) ? "SIMULATED " : "", Tone.Warning);
        return cell.Then(string.Join(", ", Words(replica)), Tone.Muted);

        static IEnumerable<string> Words(ReplicaWire replica)
        {
            if (replica.Pinned == true)
            {
                yield return "pinned";
            }

            if (replica.Foreign == true)
            {
                yield return "loaded by someone else";
            }
        }
    }
}
