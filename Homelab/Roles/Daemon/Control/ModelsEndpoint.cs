using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/models</c>: every model this node knows, with its state.</summary>
internal sealed class ModelsEndpoint(DaemonParts parts, DaemonFacts facts)
{
    public Task HandleAsync(HttpContext context)
    {
        var snapshot = parts.Loop.Snapshot;
        var served = parts.Catalog.ServedByApps;
        IReadOnlyList<ModelWire> models =
        [
            .. from record in snapshot.Models.Values
               where record.State != ModelState.Absent
               from member in Members(record)
               where record.Name.IsApp ? !member.Name.IsApp : !served.Contains(member.Name)
               orderby member.Name
               select Read(snapshot, record, member.Name, member.Installed),
        ];
        return ControlReply.WriteAsync(context, models, ContractsJson.Default.IReadOnlyListModelWire);
    }

    /// <summary>Every name that the record stands for: models of the same weights share one replica and keep their names.</summary>
    private IEnumerable<(ModelName Name, InstalledModel? Installed)> Members(ModelRecord record) =>
        parts.Catalog.MembersOf(record.Name) is { IsEmpty: false } members && record.Installed is not null
            ? members.Select(m => (m.Name, (InstalledModel?)m))
            : [(record.Name, record.Installed)];

    private ModelWire Read(ResidencySnapshot snapshot, ModelRecord model, ModelName name, InstalledModel? installed)
    {
        var policy = snapshot.Policy.For(model.Name);
        var state = StateNames.Of(model.State);
        var held = model.Replica?.Allocation.Sum(a => a.Bytes.Bytes) ?? 0;
        return new ModelWire(
            name.Value,
            state,
            installed?.FileSize.Bytes ?? 0,
            [new ModelNodeWire(facts.NodeId, state, held, parts.Settings.NodeName)],
            [.. parts.Catalog.AliasesOf(name)],
            policy.Pin,
            policy.Protect,
            model.Replica?.Settings.Context is > 0 and var context ? context : policy.Context > 0 ? policy.Context : null,
            parts.Engine.IsSimulated && !model.Name.IsApp,
            model.Failure is { } failure ? new ModelFailureWire(failure.Reason, failure.Attempts, Math.Max(0, (failure.RetryAt - parts.Clock.Now).TotalSeconds)) : null,
            installed?.Capabilities,
            Spelling: model.Name.IsApp ? parts.Catalog.SpellingOf(name) : null,
            App: model.Name.IsApp ? true : null);
    }
}
