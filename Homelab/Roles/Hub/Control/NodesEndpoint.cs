using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>/homelab/v1/nodes</c>: everyone may read; drain, resume and remove are for admins. A node is named by its id or its name.</summary>
internal sealed class NodesEndpoint(HubParts parts)
{
    public Task ListAsync(HttpContext context)
    {
        IReadOnlyList<NodeWire> nodes = [.. parts.Loop.Snapshot.Nodes.OrderBy(static n => n.Name, StringComparer.Ordinal).Select(n => Read(n, context.GetPrincipal()))];
        return ControlReply.WriteAsync(context, nodes, ContractsJson.Default.IReadOnlyListNodeWire);
    }

    public Task OneAsync(HttpContext context) => Find(context) is { } node
        ? ControlReply.WriteAsync(context, Read(node, context.GetPrincipal()), ContractsJson.Default.NodeWire)
        : NotFoundAsync(context);

    public Task DrainAsync(HttpContext context) => ChangeAsync(context, static n => new ClusterEvent.DrainWanted(n.Id));

    public Task ResumeAsync(HttpContext context) => ChangeAsync(context, static n => new ClusterEvent.ResumeWanted(n.Id));

    public async Task RemoveAsync(HttpContext context)
    {
        if (Find(context) is not { } node)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        // The credential first: a heartbeat in between must not bring the node back. A disk that refuses changes nothing of what is in force.
        var refused = Refused(() => parts.Keys.Nodes.Revoke(node.Id));
        await parts.Loop.ApplyAsync(new ClusterEvent.NodeRemoved(node.Id), CancellationToken.None).ConfigureAwait(false);
        parts.Links.Forget(node.Id);
        parts.Dispatches.Forget(node.Id);
        parts.Beats.Release(node.Id);
        refused ??= Refused(() => parts.Store.DeleteNode(node.Id));
        parts.Store.DeleteMeasures(node.Id);
        if (refused is not null)
        {
            await ControlReply.FailAsync(context, 507, "state_not_saved", $"{node.Name} is out, but may be back when the hub starts again before its disk can be written: {refused.Fault.Message}").ConfigureAwait(false);
            return;
        }

        await ControlReply.WriteAsync(context, Read(node, context.GetPrincipal()), ContractsJson.Default.NodeWire).ConfigureAwait(false);
    }

    private static StateWriteException? Refused(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (StateWriteException refused)
        {
            return refused;
        }
    }

    /// <summary>As every list shows it.</summary>
    internal static string StateOf(NodeSnapshot node) => node.Liveness switch
    {
        Liveness.Lost or Liveness.Left => "lost",
        Liveness.Suspect => "suspect",
        _ when node.Draining || node.Stopping => "draining",
        _ => "live",
    };

    private static DeviceWire Device(NodeSnapshot node, DeviceSnapshot device)
    {
        var held = node.Replicas.Sum(r => r.Allocation.Where(a => a.Device == device.Name).Sum(static a => a.Bytes.Bytes));
        return new DeviceWire(
            device.Name,
            DeviceWires.Kind(device.Kind),
            device.Total.Bytes,
            Math.Max(0, device.Total.Bytes - held - device.UsedByOthers.Bytes),
            held,
            device.UsedByOthers.Bytes,
            device.Reserve.Bytes).With(device.Facts);
    }

    /// <summary>Answers a call that names no machine of the cluster.</summary>
    /// <param name="context">The call.</param>
    /// <param name="param">Where it named it.</param>
    internal static Task NotFoundAsync(HttpContext context, string param = "id") =>
        ControlReply.FailAsync(context, 404, "node_not_found", "there is no such machine in the cluster; homelab nodes lists them", param);

    /// <summary>A key with a list of models is shown no others, here as in every list.</summary>
    private NodeWire Read(NodeSnapshot node, Principal? principal) => new(
        node.Id,
        node.Name,
        StateOf(node),
        node.Address ?? "",
        node.Engine.Length == 0 ? [] : [node.Engine],
        [.. node.Devices.Select(d => Device(node, d))],
        node.Liveness is Liveness.Lost or Liveness.Left ? [] : [.. node.Replicas.Where(r => !IsOfApp(node, r.Model) && principal?.MayUse(r.Model.Value) != false).Select(r => Replica(node, r))],
        Math.Max(0, (parts.Clock.Now - node.LastContact).TotalSeconds),
        node.Labels,
        node.Version.Length > 0 ? node.Version : null);

    private ReplicaWire Replica(NodeSnapshot node, NodeReplica replica)
    {
        var leases = replica.Foreign + parts.Dispatches.InFlight(node.Id, replica.Model);
        return new ReplicaWire(
            replica.Model.Value,
            replica.State switch
            {
                ModelState.Loading => "loading",
                ModelState.Unloading => "unloading",
                _ => leases > 0 ? "leased" : "hot",
            },
            replica.Bytes.Bytes,
            leases,
            replica.IsHot ? parts.Clock.WallTimeOf(leases > 0 ? parts.Clock.Now : replica.LastUsed) : null,
            replica.Context,
            replica.Pinned ? true : null);
    }

    /// <summary>The models of an app are one process: the app stands for them.</summary>
    private static bool IsOfApp(NodeSnapshot node, ModelName model) => !model.IsApp && node.Inventory.Models.GetValueOrDefault(model)?.App is not null;

    private NodeSnapshot? Find(HttpContext context) => parts.Loop.Snapshot.Nodes.FindNamed(context.Request.RouteValues["id"] as string ?? "");

    private async Task ChangeAsync(HttpContext context, Func<NodeSnapshot, ClusterEvent> change)
    {
        if (Find(context) is not { } node)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        await parts.Loop.ApplyAsync(change(node), context.RequestAborted).ConfigureAwait(false);
        var after = parts.Loop.Snapshot.Nodes.Find(node.Id);
        await (after is null ? NotFoundAsync(context) : ControlReply.WriteAsync(context, Read(after, context.GetPrincipal()), ContractsJson.Default.NodeWire)).ConfigureAwait(false);
    }
}
