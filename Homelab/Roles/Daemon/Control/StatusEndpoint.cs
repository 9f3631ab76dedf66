using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/status</c>: who this is and how busy it is. Asks nobody, loads nothing.</summary>
internal sealed class StatusEndpoint(DaemonParts parts, DaemonFacts facts, Func<HubLinkWire?> hub, Func<IEnumerable<string>> warnings)
{
    public Task HandleAsync(HttpContext context) =>
        ControlReply.WriteAsync(context, Read(), ContractsJson.Default.StatusWire);

    public StatusWire Read()
    {
        var snapshot = parts.Loop.Snapshot;
        IReadOnlyList<string> told = [.. facts.Warnings, .. warnings()];
        return new StatusWire(
            "daemon",
            BuildInformation.Version,
            parts.Settings.NodeName,
            parts.Clock.Now.TotalSeconds,
            hub(),
            1,
            snapshot.Models.Values.Count(m => m.State is ModelState.Hot or ModelState.Leased),
            parts.Loop.CountLeases(),
            snapshot.Waiters.Count,
            EngineReading.Of(parts, facts),
            snapshot.Draining ? true : null,
            told.Count > 0 ? told : null);
    }
}
