using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/models</c>: every model this node knows, with its state.</summary>
internal sealed class ModelsEndpoint(DaemonParts parts, DaemonFacts facts)
{
    public Task HandleAsync(HttpContext context)
    {
        var snapshot = parts.Loop.Snapshot;
        IReadOnlyList<ModelWire> models = [.. snapshot.Models.Values.Where(m => m.State != ModelState.Absent).Select(m => Read(snapshot, m))];
        return ControlReply.WriteAsync(context, models, ContractsJson.Default.IReadOnlyListModelWire);
    }

    public ModelWire Read(ResidencySnapshot snapshot, ModelRecord model)
    {
        var policy = snapshot.Policy.For(model.Name);
        var state = StateNames.Of(model.State);
        var held = model.Replica?.Allocation.Sum(a => a.Bytes.Bytes) ?? 0;
        return new ModelWire(
            model.Name.Value,
            state,
            model.Installed?.FileSize.Bytes ?? 0,
            [new ModelNodeWire(facts.NodeId, state, held, parts.Settings.NodeName)],
            [.. parts.Catalog.AliasesOf(model.Name)],
            policy.Pin,
            policy.Protect,
            model.Replica?.Settings.Context is > 0 and var context ? context : policy.Context > 0 ? policy.Context : null,
            parts.Engine.IsSimulated,
            model.Failure is { } failure ? new ModelFailureWire(failure.Reason, failure.Attempts, Math.Max(0, (failure.RetryAt - parts.Clock.Now).TotalSeconds)) : null,
            model.Installed?.Capabilities);
    }
}
