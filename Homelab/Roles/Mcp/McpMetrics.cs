using Prometheus;

namespace Homelab.Roles.Mcp;

/// <summary>What this role counts. Label values are names of our own tools and a closed set of outcomes.</summary>
internal sealed class McpMetrics
{
    private readonly Counter _calls;

    public McpMetrics(CallGate gate)
    {
        var factory = Metrics.WithCustomRegistry(Registry);
        _calls = factory.CreateCounter("homelab_mcp_calls_total", "Calls of tools, by how they ended.", "tool", "outcome");
        var running = factory.CreateGauge("homelab_mcp_calls_running", "Calls of tools that run now.");
        var resident = factory.CreateGauge("process_resident_memory_bytes", "Memory of this process that is in RAM.");
        Registry.AddBeforeCollectCallback(() =>
        {
            running.Set(gate.Running);
            resident.Set(Environment.WorkingSet);
        });
    }

    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <param name="tool">One of ours.</param>
    /// <param name="outcome"><c>done</c>, <c>failed</c> or <c>cancelled</c>.</param>
    public void Count(string tool, string outcome) => _calls.WithLabels(tool, outcome).Inc();
}
