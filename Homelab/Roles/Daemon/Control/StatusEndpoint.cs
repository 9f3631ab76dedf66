using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/status</c>: who this is and how busy it is. Asks nobody, loads nothing.</summary>
internal sealed class StatusEndpoint(DaemonParts parts, DaemonFacts facts)
{
    public Task HandleAsync(HttpContext context) =>
        ControlReply.WriteAsync(context, Read(), ContractsJson.Default.StatusWire);

    public StatusWire Read()
    {
        var snapshot = parts.Loop.Snapshot;
        return new StatusWire(
            "daemon",
            BuildInformation.Version,
            parts.Settings.NodeName,
            parts.Clock.Now.TotalSeconds,
            null,
            1,
            snapshot.Models.Values.Count(m => m.State is ModelState.Hot or ModelState.Leased),
            parts.Loop.CountLeases(),
            snapshot.Waiters.Count,
            new EngineWire(
                parts.Engine.Name,
                parts.Catalog.EngineVersion,
                snapshot.EngineUp ? "up" : "down",
                parts.Engine.Endpoint?.BaseAddress.GetLeftPart(UriPartial.Authority),
                parts.Engine.IsSimulated,
                facts.EngineIsManaged(),
                snapshot.EngineUp ? null : snapshot.EngineProblem),
            snapshot.Draining ? true : null,
            facts.Warnings.Count > 0 ? facts.Warnings : null);
    }
}
