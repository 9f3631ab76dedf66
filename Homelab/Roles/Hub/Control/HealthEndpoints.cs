using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>/healthz</c> (alive), <c>/readyz</c> (some machine takes work) and <c>/metrics</c>. None asks anybody anything.</summary>
internal sealed class HealthEndpoints(HubParts parts, HubRouter router)
{
    public static Task AliveAsync(HttpContext context) => context.Response.WriteAsync("ok\n");

    public Task ReadyAsync(HttpContext context)
    {
        var nodes = parts.Loop.Snapshot.Nodes;
        var why = router.IsDraining ? "draining" : nodes.Count == 0 ? "no machine has joined" : !nodes.Any(static n => n.TakesWork) ? "no machine takes work" : null;
        context.Response.StatusCode = why is null ? 200 : 503;
        return context.Response.WriteAsync((why ?? "ok") + "\n");
    }

    public Task MetricsAsync(HttpContext context)
    {
        Publish();
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return parts.Metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }

    private void Publish()
    {
        var snapshot = parts.Loop.Snapshot;
        foreach (var liveness in Enum.GetValues<Liveness>())
        {
            parts.Metrics.Nodes.WithLabels(NodeLifecycle.Label(liveness)).Set(snapshot.Nodes.Count(n => n.Liveness == liveness));
        }

        parts.Metrics.HeldHeartbeats.Set(parts.Beats.Held);
        parts.Metrics.QueueDepth.Set(router.Desk.Waiting);
        parts.Metrics.PendingLoads.Set(snapshot.Loads.Count);
    }
}
