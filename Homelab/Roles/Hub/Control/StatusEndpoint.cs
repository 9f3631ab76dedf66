using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Nodes;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>GET /homelab/v1/status</c>: the cluster at a glance. Asks nobody.</summary>
internal sealed class StatusEndpoint(HubParts parts, HubRouter router)
{
    public Task HandleAsync(HttpContext context) => ControlReply.WriteAsync(context, Read(), ContractsJson.Default.StatusWire);

    public StatusWire Read()
    {
        var snapshot = parts.Loop.Snapshot;
        var counting = snapshot.Nodes.Where(static n => n.Liveness is Liveness.Live or Liveness.Suspect).ToList();
        var warnings = Warnings().ToList();
        return new StatusWire(
            "hub",
            BuildInformation.Version,
            null,
            parts.Clock.Now.TotalSeconds,
            null,
            snapshot.Nodes.Count(static n => n.Liveness == Liveness.Live),
            counting.Sum(static n => n.Replicas.Count(static r => r.IsHot)),
            counting.Sum(n => n.Replicas.Sum(static r => r.Foreign)) + parts.Dispatches.Total(),
            router.Desk.Waiting + counting.Sum(static n => n.Waiting),
            null,
            router.IsDraining ? true : null,
            warnings.Count > 0 ? warnings : null);
    }

    private IEnumerable<string> Warnings()
    {
        var snapshot = parts.Loop.Snapshot;
        if (snapshot.CutOff)
        {
            yield return "more than half of the machines went silent at once: this hub is likely the one that is cut off; it commands nothing and goes on routing";
        }

        foreach (var fault in parts.Store.Faults)
        {
            yield return fault.Message;
        }

        foreach (var node in snapshot.Nodes)
        {
            if (node.ExposedEngine is { } exposed && node.Liveness == Liveness.Live)
            {
                yield return $"the engine of {node.Name} is open on the network at {exposed}: whoever reaches it needs no key";
            }

            if (node is { Liveness: Liveness.Live, Address: null })
            {
                yield return $"{node.Name} listens on its own loopback only, so this hub cannot send it anything; set daemon.listen there";
            }
        }
    }
}
