namespace Homelab.Roles.Daemon.Control;

/// <summary><c>/healthz</c> (alive), <c>/readyz</c> (can serve) and <c>/metrics</c>. None asks the engine anything.</summary>
internal sealed class HealthEndpoints(DaemonParts parts)
{
    public static Task AliveAsync(HttpContext context) => context.Response.WriteAsync("ok\n");

    public Task ReadyAsync(HttpContext context)
    {
        var snapshot = parts.Loop.Snapshot;
        var why = snapshot.Draining ? "draining" : !snapshot.EngineUp ? "engine: " + snapshot.EngineProblem : snapshot.Devices.IsEmpty ? "devices not read yet" : null;
        context.Response.StatusCode = why is null ? 200 : 503;
        return context.Response.WriteAsync((why ?? "ok") + "\n");
    }

    public Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return parts.Metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }
}
