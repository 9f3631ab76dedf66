using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Nodes;
using Homelab.Gateway.Access;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>GET /homelab/v1/models</c>: every model of the cluster that the caller may use, with the nodes that have it; with <c>?apps=true</c> the apps too, under
/// their own names, which is how daemons learn of them.</summary>
internal sealed class ModelsEndpoint(HubParts parts)
{
    public Task HandleAsync(HttpContext context)
    {
        var principal = context.GetPrincipal();
        var now = parts.Clock.Now;
        var withApps = string.Equals(context.Request.Query[ControlRoutes.AppsQuery], "true", StringComparison.OrdinalIgnoreCase);
        IReadOnlyList<ModelWire> models = [.. parts.Catalog.Models.Where(m => (withApps || !m.Name.IsApp) && principal?.MayUse(m.Name.Value) != false).Select(m => Read(m, now))];
        return ControlReply.WriteAsync(context, models, ContractsJson.Default.IReadOnlyListModelWire);
    }

    private ModelWire Read(ClusterModelEntry model, TimeSpan now)
    {
        var installed = model.Nodes.Select(n => n.Inventory.Models.GetValueOrDefault(model.Name)).OfType<NodeModel>().ToList();
        var failure = model.State == "failed" ? installed.Select(static m => m.Failure).FirstOrDefault(static f => f is not null) : null;
        return new ModelWire(
            model.Name.Value,
            model.State,
            model.SizeBytes,
            [.. model.Nodes.Select(n => new ModelNodeWire(n.Id, ClusterModelEntry.StateOn(n, model.Name), n.Find(model.Name)?.Bytes.Bytes ?? 0, n.Name))],
            model.Aliases,
            parts.Settings.Policy.Placement.For(model.Name).Pin || installed.Exists(static m => m.Pinned),
            installed.Exists(static m => m.Protected),
            model.Hot?.Context ?? installed.Select(static m => m.Context).FirstOrDefault(static c => c is not null),
            model.Simulated,
            failure is null ? null : new ModelFailureWire(failure.Reason, failure.Attempts, Math.Max(0, (failure.RetryAt - now).TotalSeconds)),
            installed.Select(static m => m.Capabilities).FirstOrDefault(static c => !c.IsEmpty) is { IsDefaultOrEmpty: false } capabilities ? capabilities : null,
            Spelling: model.ListedAs == model.Name.Value ? null : model.ListedAs,
            App: model.IsApp ? true : null);
    }
}
