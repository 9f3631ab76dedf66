using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;
using Homelab.Gateway.Access;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>GET /homelab/v1/models/fit?model=&amp;context=&amp;node=</c>: which machine of the cluster a model fits, and with what context. Each machine that has the model
/// is asked, since it alone knows what its engine really took; changes nothing.</summary>
internal sealed class FitEndpoint(HubParts parts)
{
    /// <summary>What a machine gets to read the model's metadata and answer.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>From best to worst.</summary>
    private static readonly string[] Order = ["loaded", "yes", "after_evicting", "after_unloading_protected", "no"];

    public async Task HandleAsync(HttpContext context)
    {
        if (await FitCall.ReadAsync(context).ConfigureAwait(false) is not { } call)
        {
            return;
        }

        var (names, denied) = parts.Catalog.NamesFor(context.GetPrincipal()!, call.Model);
        if (denied is not null)
        {
            var error = GatewayErrors.Of(denied);
            await ControlReply.FailAsync(context, error.Status, error.Code, error.Message, ControlRoutes.ModelQuery).ConfigureAwait(false);
            return;
        }

        var named = context.Request.Query[ControlRoutes.NodeQuery].ToString();
        var asked = Candidates(names, named);
        if (asked.Count == 0)
        {
            await ControlReply.FailAsync(context, 404, "model_not_found", named.Length == 0 ? Refusals.NotOnAnyNode(call.Model).Message : $"{call.Model} is not on {named}, or {named} does not report; see: homelab nodes", ControlRoutes.ModelQuery).ConfigureAwait(false);
            return;
        }

        var answers = await Task.WhenAll(asked.Select(a => AskAsync(a.Node, a.Model, call.Context, context.RequestAborted))).ConfigureAwait(false);
        List<FitWire> fits = [.. answers.Select(a => a.Fit).OfType<FitWire>().OrderBy(f => Array.IndexOf(Order, f.Fits)).ThenByDescending(f => f.LargestContextAlone ?? 0).ThenBy(f => f.Node, StringComparer.Ordinal)];
        if (fits.Count == 0)
        {
            await ControlReply.FailAsync(context, 503, "no_live_nodes", string.Join("; ", answers.Select(a => a.Problem).OfType<string>()), null).ConfigureAwait(false);
            return;
        }

        await ControlReply.WriteAsync(context, fits[0] with { Others = fits.Count > 1 ? [.. fits.Skip(1).Select(Other)] : null }, ContractsJson.Default.FitWire).ConfigureAwait(false);
    }

    /// <summary>The machines that have one of the names, each with the first that it has.</summary>
    private List<(NodeSnapshot Node, ModelName Model)> Candidates(IEnumerable<ModelName> names, string named) =>
    [
        .. from node in parts.Loop.Snapshot.Nodes
           where node.Liveness == Liveness.Live && (named.Length == 0 || ReferenceEquals(node, parts.Loop.Snapshot.Nodes.FindNamed(named)))
           let model = names.Where(n => node.Inventory.Models.ContainsKey(n)).Select(n => (ModelName?)n).FirstOrDefault()
           where model is not null
           select (node, model.Value),
    ];

    private static FitNodeWire Other(FitWire fit) => new(fit.Node, fit.Fits, fit.Why, fit.Estimate.TotalBytes, fit.LargestContext, fit.LargestContextAlone);

    private async Task<(FitWire? Fit, string? Problem)> AskAsync(NodeSnapshot node, ModelName model, int? context, CancellationToken cancellation)
    {
        var pending = await parts.Commands.AskFitAsync(node.Id, model, context, Deadline, cancellation).ConfigureAwait(false);
        var outcome = await pending.Outcome.WaitAsync(cancellation).ConfigureAwait(false);
        return outcome.Status switch
        {
            CommandStatus.Done when pending.Fit is { } fit => (fit with { Node = node.Name }, null),
            CommandStatus.Rejected => (null, $"{node.Name} runs homelab {node.Version}, which cannot tell what fits; update homelab there"),
            CommandStatus.Stale => (null, $"{node.Name} did not answer within {Deadline.TotalSeconds:0} s"),
            _ => (null, $"{node.Name}: {outcome.Message ?? "its answer was lost"}"),
        };
    }
}
