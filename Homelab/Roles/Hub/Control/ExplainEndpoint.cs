using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using Homelab.Gateway.Access;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>GET /homelab/v1/explain?model=</c>: where a request for a model would go now, with every machine's cost by term. Changes nothing.</summary>
internal sealed class ExplainEndpoint(HubParts parts)
{
    public async Task HandleAsync(HttpContext context)
    {
        var asked = context.Request.Query[ControlRoutes.ModelQuery].ToString();
        if (asked.Length == 0)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", "say which model: /homelab/v1/explain?model=NAME", "model").ConfigureAwait(false);
            return;
        }

        var (names, denied) = parts.Catalog.NamesFor(context.GetPrincipal()!, asked);
        if (denied is not null)
        {
            var error = GatewayErrors.Of(denied);
            await ControlReply.FailAsync(context, error.Status, error.Code, error.Message, "model").ConfigureAwait(false);
            return;
        }

        var now = parts.Clock.Now;
        var snapshot = parts.Loop.Snapshot;
        var explained = names.Select(n => PlacementPlanner.Explain(snapshot.Placement, new PlacementDemand(n), parts.Dispatches, now)).ToList();
        var chosen = explained.Find(static e => e.Decision is PlacementDecision.Route)
            ?? explained.Find(static e => e.Decision is PlacementDecision.Load or PlacementDecision.Queue)
            ?? explained.FirstOrDefault();
        if (chosen is null or { Decision: PlacementDecision.NotInstalled })
        {
            await ControlReply.FailAsync(context, 404, "model_not_found", Refusals.NotOnAnyNode(asked).Message, "model").ConfigureAwait(false);
            return;
        }

        await ControlReply.WriteAsync(
            context,
            new ExplainWire(
                chosen.Model.Value,
                asked,
                Word(chosen),
                PlacementSentences.Of(chosen.Decision, chosen.Model),
                chosen.Candidates.FirstOrDefault(static c => c.Chosen)?.Node,
                null,
                [.. chosen.Candidates.Select(c => Wire(c, chosen, snapshot.Nodes))]),
            ContractsJson.Default.ExplainWire).ConfigureAwait(false);
    }

    private CandidateWire Wire(PlacementCandidate candidate, PlacementExplanation whole, NodeTable nodes) => new(
        candidate.Node,
        candidate.Name,
        Word(candidate.Verdict),
        candidate.Sentence,
        candidate.Cost is { } cost ? new CostWire(cost.Queue, cost.Load, cost.Eviction, cost.Prefill, cost.Total) { PenaltySeconds = cost.Penalty > 0 ? cost.Penalty : null } : null,
        candidate.Chosen && whole.Decision is PlacementDecision.Load { Allocation.IsEmpty: false } load ? [.. load.Allocation.Select(a => new AllocationWire(a.Device, a.Bytes.Bytes))] : null,
        candidate.Victims.IsDefaultOrEmpty ? null : [.. candidate.Victims.Select(v => Victim(v, nodes.Find(candidate.Node)?.Find(v)))]);

    private VictimWire Victim(ModelName model, NodeReplica? replica) => replica is null
        ? new VictimWire(model.Value, 0, 0)
        : new VictimWire(model.Value, replica.Bytes.Bytes, replica.ReloadTime.TotalSeconds, parts.Clock.WallTimeOf(replica.LastUsed));

    private static string Word(PlacementExplanation explained) => explained.Decision switch
    {
        PlacementDecision.TooLarge => "too_large",
        PlacementDecision.WouldEvictProtected => "would_evict_protected",
        PlacementDecision.BackingOff => "backing_off",
        PlacementDecision.NoLiveNodes => "no_live_nodes",
        PlacementDecision.EngineDown => "engine_down",
        PlacementDecision.NotPermitted => "not_permitted",
        _ => explained.Candidates.FirstOrDefault(static c => c.Chosen) is { } chosen ? Word(chosen.Verdict) : "not_installed",
    };

    private static string Word(CandidateVerdict verdict) => verdict switch
    {
        CandidateVerdict.Hot => "hot",
        CandidateVerdict.Loading => "loading",
        CandidateVerdict.Fits => "fits",
        CandidateVerdict.Evicts => "evict_then_load",
        CandidateVerdict.Waits => "wait",
        CandidateVerdict.TooLarge => "too_large",
        CandidateVerdict.Protected => "would_evict_protected",
        CandidateVerdict.BackingOff => "backing_off",
        CandidateVerdict.NotInstalled => "not_installed",
        CandidateVerdict.LabelsMissing => "labels_missing",
        CandidateVerdict.EngineDown => "engine_down",
        _ => verdict.ToString().ToLowerInvariant(),
    };
}
