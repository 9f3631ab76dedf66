using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>The status in one line, without what changes by itself (ages, uptime), so that two lines differ only where something happened.</summary>
internal static class StatusLine
{
    public static string Describe(StatusWire status, IReadOnlyList<NodeWire> nodes)
    {
        var replicas = nodes.SelectMany(n => n.Replicas).Select(r => r.Leases > 0 ? $"{r.Model} {r.State} ({r.Leases})" : $"{r.Model} {r.State}");
        return string.Join(", ", Words(status).Concat(replicas));
    }

    private static IEnumerable<string> Words(StatusWire status)
    {
        if (status.Engine is { } engine)
        {
            yield return $"{(engine.Simulated ? "SIMULATED " : "")}{engine.Name} {engine.State}";
        }

        if (status.Draining == true)
        {
            yield return "draining";
        }

        if (status.Hub is { } hub)
        {
            yield return $"hub {hub.State}";
        }

        yield return $"{status.NodesLive} live";
        yield return $"{status.Leases} running";
        yield return $"{status.QueueDepth} waiting";
    }
}
