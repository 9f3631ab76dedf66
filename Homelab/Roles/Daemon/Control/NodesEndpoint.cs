using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/nodes</c> and <c>/nodes/{id}</c>: a daemon lists itself.</summary>
internal sealed class NodesEndpoint(DaemonParts parts, DaemonFacts facts)
{
    public Task ListAsync(HttpContext context)
    {
        IReadOnlyList<NodeWire> nodes = [Read(context.GetPrincipal())];
        return ControlReply.WriteAsync(context, nodes, ContractsJson.Default.IReadOnlyListNodeWire);
    }

    public Task OneAsync(HttpContext context)
    {
        var id = context.Request.RouteValues["id"] as string;
        return id == facts.NodeId || string.Equals(id, parts.Settings.NodeName, StringComparison.OrdinalIgnoreCase)
            ? ControlReply.WriteAsync(context, Read(context.GetPrincipal()), ContractsJson.Default.NodeWire)
            : ControlReply.FailAsync(context, 404, "node_not_found", $"there is no such node; this daemon knows only itself, {parts.Settings.NodeName} ({facts.NodeId})", "id");
    }

    /// <summary>What runs on the machine besides is shown to those who administer it.</summary>
    private NodeWire Read(Principal? principal)
    {
        var snapshot = parts.Loop.Snapshot;
        return new NodeWire(
            facts.NodeId,
            parts.Settings.NodeName,
            snapshot.Draining ? "draining" : "live",
            facts.Address,
            [parts.Engine.Name],
            principal?.IsAdmin == true ? DeviceUse.WiresWithPrograms(snapshot) : DeviceUse.Wires(snapshot),
            [.. snapshot.Models.Values.Where(m => m.Replica is not null || m.Load is not null).Select(m => Replica(snapshot, m))],
            0,
            facts.Labels,
            BuildInformation.Version);
    }

    private ReplicaWire Replica(ResidencySnapshot snapshot, ModelRecord model)
    {
        var policy = snapshot.Policy.For(model.Name);
        var gate = parts.Loop.Model(model.Name).Gate;
        return new ReplicaWire(
            model.Name.Value,
            StateNames.Of(model.State),
            (model.Replica?.Allocation ?? model.Load!.Allocation).Sum(a => a.Bytes.Bytes),
            gate.Leases,
            model.Replica is null ? null : parts.Clock.WallTimeOf(TimeSpan.FromTicks(Math.Max(model.Replica.LastUsed.Ticks, gate.LastUsed.Ticks))),
            (model.Replica?.Settings ?? model.Load!.Settings).Context is var context and > 0 ? context : null,
            policy.Pin,
            model.Replica?.Foreign,
            policy.Pin || policy.IdleUnload == TimeSpan.Zero ? null : policy.IdleUnload.TotalSeconds);
    }
}
