using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Gateway.Access;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>GET /homelab/v1/apps</c>: the apps of all machines, as their heartbeats tell them. <c>POST /apps/{name}/start</c> and <c>/stop</c>: admins only; on the machine that is
/// named, else where placement chooses, or wherever it runs.</summary>
internal sealed class AppsEndpoint(HubParts parts, ModelCommands commands)
{
    public async Task ListAsync(HttpContext context)
    {
        if (await NodeAsync(context).ConfigureAwait(false) is not (true, var only))
        {
            return;
        }

        var principal = context.GetPrincipal();
        var now = parts.Clock.Now;
        IReadOnlyList<AppWire> apps =
        [
            .. from node in parts.Loop.Snapshot.Nodes
               where node.Liveness is Liveness.Live or Liveness.Suspect && (only is null || only.Id == node.Id)
               from app in node.Inventory.Models.Values
               where app.Name.IsApp && principal?.MayUse(app.Name.Value) != false
               orderby app.Name, node.Name
               select Read(node, app, now),
        ];
        await ControlReply.WriteAsync(context, apps, ContractsJson.Default.IReadOnlyListAppWire).ConfigureAwait(false);
    }

    public Task StartAsync(HttpContext context) => DoAsync(context, commands.LoadAsync);

    public Task StopAsync(HttpContext context) => DoAsync(context, commands.UnloadAsync);

    /// <summary>What an app has printed lies on its machine and never passes a hub.</summary>
    public Task LogsAsync(HttpContext context)
    {
        var nodes = Name(context) is { } app ? parts.Loop.Snapshot.Nodes.Where(n => n.Inventory.Models.ContainsKey(app)).Select(n => n.Name).Order(StringComparer.Ordinal).ToList() : [];
        return ControlReply.FailAsync(context, 400, "not_supported", "a hub has no output of apps; ask the daemon of its machine" + (nodes.Count > 0 ? $" ({string.Join(", ", nodes)})" : "") + ": homelab apps logs NAME --url http://MACHINE:42420");
    }

    private async Task DoAsync(HttpContext context, Func<HttpContext, ModelName, NodeSnapshot?, Task> work)
    {
        if (Name(context) is not { } app)
        {
            var refusal = GatewayErrors.Of(Domain.Residency.Refusals.NotOnAnyNode(context.Request.RouteValues["name"] as string ?? ""));
            await ControlReply.FailAsync(context, refusal.Status, refusal.Code, refusal.Message, "name").ConfigureAwait(false);
        }
        else if (await NodeAsync(context).ConfigureAwait(false) is (true, var node))
        {
            await work(context, app, node).ConfigureAwait(false);
        }
    }

    private static ModelName? Name(HttpContext context) => ModelName.TryParse("apps/" + context.Request.RouteValues["name"], out var app) && app.IsApp ? app : null;

    /// <summary>The node that the query names; false, and the request answered, where there is none such.</summary>
    private async Task<(bool IsFound, NodeSnapshot? Node)> NodeAsync(HttpContext context)
    {
        if (context.Request.Query[ControlRoutes.NodeQuery].ToString() is not { Length: > 0 } asked)
        {
            return (true, null);
        }

        if (parts.Loop.Snapshot.Nodes.FindNamed(asked) is { } node)
        {
            return (true, node);
        }

        await NodesEndpoint.NotFoundAsync(context, "node").ConfigureAwait(false);
        return (false, null);
    }

    private static AppWire Read(NodeSnapshot node, NodeModel app, TimeSpan now)
    {
        var replica = node.Find(app.Name);
        var isRunning = replica?.State is ModelState.Hot or ModelState.Leased;
        var leases = replica?.Leases ?? 0;
        return new AppWire(
            app.Name.AppName,
            node.Name,
            replica switch
            {
                { State: ModelState.Loading } => "starting",
                { State: ModelState.Unloading } => "stopping",
                not null => leases > 0 ? "in_use" : "running",
                null => app.Failure is null ? "stopped" : "failed",
            },
            [.. node.Inventory.Models.Values.Where(m => !m.Name.IsApp && m.App?.Name == app.App?.Name).Select(m => m.App?.Spelling ?? m.Name.Value).Order(StringComparer.Ordinal)],
            leases,
            app.App?.Vram.Bytes ?? 0,
            Math.Max(0, app.Memory.Bytes - (app.App?.Vram.Bytes ?? 0)),
            isRunning && leases == 0 ? Math.Max(0, (now - replica!.LastUsed).TotalSeconds) : null,
            app.App?.IdleTimeout.TotalSeconds ?? 0,
            Failure: app.Failure is { } failure ? new ModelFailureWire(failure.Reason, failure.Attempts, Math.Max(0, (failure.RetryAt - now).TotalSeconds)) : null);
    }
}
