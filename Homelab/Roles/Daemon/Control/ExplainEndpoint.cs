using System.Collections.Immutable;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/explain?model=</c>: what a request for a model would lead to here, and at what cost. Changes nothing.</summary>
internal sealed class ExplainEndpoint(DaemonParts parts, Func<ModelName, Task> inspect, IHubDelegate? hub = null)
{
    private readonly ClusterView _view = new(parts.Catalog, hub, parts.Clock.Time);

    public async Task HandleAsync(HttpContext context)
    {
        var asked = context.Request.Query[ControlRoutes.ModelQuery].ToString();
        if (asked.Length == 0)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", "say which model: /homelab/v1/explain?model=NAME", "model").ConfigureAwait(false);
            return;
        }

        var elsewhere = Delegation.Of(hub, asked, parts.Settings.Aliases.GetValueOrDefault(asked, []), 0, []);
        if (_view.Find(asked) is not { } route)
        {
            await (elsewhere.Verdict switch
            {
                DelegationVerdict.Send => WriteAsync(context, asked, elsewhere.Listed?.Name ?? asked, null, [FromHub("it is not on this machine", elsewhere)]),
                DelegationVerdict.Unreachable => ControlReply.FailAsync(context, 503, "hub_unreachable", Refusals.HubUnreachable(parts.Settings.NodeName, hub!.Address, asked, hub.Problem).Message, "model"),
                DelegationVerdict.NotListed => ControlReply.FailAsync(context, 404, "model_not_found", Refusals.NotOnAnyNode(asked).Message, "model"),
                _ => ControlReply.FailAsync(context, 404, "model_not_found", ResidencyRefusals.NotFound(asked, parts.Settings.NodeName).Message, "model"),
            }).ConfigureAwait(false);
            return;
        }

        foreach (var target in route.Targets)
        {
            if (ResidencyPlanner.Decide(parts.Loop.Snapshot, target.Local.Name, parts.Clock.Now) is ResidencyDecision.Unknown)
            {
                await ModelInspection.UntilKnownAsync(parts.Loop, target.Local.Name, inspect, context.RequestAborted).ConfigureAwait(false);
            }
        }

        var snapshot = parts.Loop.Snapshot;
        var candidates = route.Targets.Select(t => Candidate(snapshot, t.Local.Name)).ToList();
        var chosen = candidates.FirstOrDefault(c => c.Wire.Decision == "hot")
            ?? candidates.FirstOrDefault(c => c.Wire.Decision is "loading" or "fits" or "evict_then_load" or "wait")
            ?? candidates[0];
        var goes = elsewhere.IsSend && chosen.Wire.Decision switch
        {
            "wait" => elsewhere.Listed is { IsHotElsewhere: true },
            "too_large" or "would_evict_protected" or "backing_off" or "not_installed" => true,
            _ => !snapshot.EngineUp,
        };
        await WriteAsync(context, asked, chosen.Wire.Name, Estimate(snapshot, chosen), goes
            ? [FromHub(snapshot.EngineUp ? chosen.Wire.Why : "the engine here does not answer", elsewhere), .. candidates.Select(c => c.Wire)]
            : [chosen.Wire, .. candidates.Where(c => c != chosen).Select(c => c.Wire)]).ConfigureAwait(false);
    }

    /// <param name="context">The request.</param>
    /// <param name="asked">The name as asked.</param>
    /// <param name="model">The name that was looked at.</param>
    /// <param name="estimate">Null where it is not known.</param>
    /// <param name="candidates">The chosen first.</param>
    private static Task WriteAsync(HttpContext context, string asked, string model, EstimateWire? estimate, IReadOnlyList<CandidateWire> candidates) => ControlReply.WriteAsync(
        context,
        new ExplainWire(model, asked, candidates[0].Decision, candidates[0].Why, candidates[0].Name, estimate, candidates),
        ContractsJson.Default.ExplainWire);

    /// <summary>The hub as a candidate: which of its nodes serves the request, and at what cost, only its own explanation can say.</summary>
    private CandidateWire FromHub(string because, Delegation elsewhere) => new(Upstream.Hub, hub!.Address, "delegate",
        $"{because}; the hub at {hub.Address} {(elsewhere.Listed is { } listed ? $"lists it as {listed.State}" : "has not told its models yet")}");

    private static EstimateWire? Estimate(ResidencySnapshot snapshot, Explained explained)
    {
        if (EstimateOf(explained.Decision) is not { } e || !snapshot.Models.TryGetValue(explained.Model, out var record))
        {
            return null;
        }

        return FitWires.Of(e, LoadTerms.Of(snapshot, record).Resolved);
    }

    private static MemoryEstimate? EstimateOf(ResidencyDecision decision) => decision switch
    {
        ResidencyDecision.Fits d => d.Estimate,
        ResidencyDecision.EvictThenLoad d => d.Estimate,
        ResidencyDecision.Wait d => d.Estimate,
        ResidencyDecision.WouldEvictProtected d => d.Estimate,
        ResidencyDecision.TooLarge d => d.Estimate,
        _ => null,
    };

    private static AllocationWire[] Allocation(ImmutableArray<DeviceAllocation> allocation) =>
        [.. allocation.Select(a => new AllocationWire(a.Device, a.Bytes.Bytes))];

    private Explained Candidate(ResidencySnapshot snapshot, ModelName model)
    {
        var decision = ResidencyPlanner.Decide(snapshot, model, parts.Clock.Now);
        var wire = new CandidateWire(parts.Settings.NodeName, model.Value, "", "");
        return new Explained(model, decision, decision switch
        {
            ResidencyDecision.AlreadyHot => wire with { Decision = "hot", Why = "it is in memory", Cost = Cost(0, 0) },
            ResidencyDecision.AlreadyLoading d => wire with { Decision = "loading", Why = "it is being loaded", Cost = Cost(Remaining(d.Load), 0) },
            ResidencyDecision.Fits d => wire with { Decision = "fits", Why = $"its {d.Estimate.Total} fit beside what is in memory", Cost = Cost(d.LoadTime.TotalSeconds, 0), Allocation = Allocation(d.Allocation) },
            ResidencyDecision.EvictThenLoad d => wire with
            {
                Decision = "evict_then_load",
                Why = d.Limit is { } limit
                    ? $"its {d.Estimate.Total} fit, but {limit}: {Phrases.List(d.Victims)} {(d.Victims.Length == 1 ? "goes" : "go")} first, the cheapest {(d.Yields ? "" : "idle ")}set that is enough"
                    : $"its {d.Estimate.Total} fit once {Phrases.List(d.Victims)} {(d.Victims.Length == 1 ? "is" : "are")} evicted, the cheapest {(d.Yields ? "" : "idle ")}set that frees enough",
                Cost = Cost(d.LoadTime.TotalSeconds, d.CostSeconds),
                Allocation = Allocation(d.Allocation),
                Victims = [.. d.Victims.Select(v => Victim(snapshot, v))],
                Options = [.. ResidencyPlanner.Options(snapshot, model, parts.Clock.Now).Select(Option)],
            },
            ResidencyDecision.Wait d => wire with { Decision = "wait", Why = d.Why, WaitsFor = [.. d.For.Select(m => m.Value)] },
            ResidencyDecision.WouldEvictProtected d => wire with { Decision = "would_evict_protected", Why = $"{(d.Limit is { } limit ? limit + "; " : "")}only protected or pinned models hold the room: {string.Join(", ", d.Protected)}", WaitsFor = [.. d.Protected.Select(m => m.Value)] },
            ResidencyDecision.TooLarge d => wire with { Decision = "too_large", Why = $"it needs {d.Estimate.Total} and the largest budget is {d.LargestBudget}", LargestBudgetBytes = d.LargestBudget.Bytes },
            ResidencyDecision.BackingOff d => wire with { Decision = "backing_off", Why = $"its last load failed: {d.Failure.Reason}" },
            ResidencyDecision.Unknown => wire with { Decision = "unknown", Why = "its metadata has not been read yet" },
            _ => wire with { Decision = "not_installed", Why = "the engine does not have it" },
        });
    }

    private double Remaining(LoadRecord load) =>
        Math.Max(0, (load.Expected - (parts.Clock.Now - (load.SentAt ?? parts.Clock.Now))).TotalSeconds);

    private static CostWire Cost(double load, double eviction) => new(0, load, eviction, null, load + eviction);

    private static EvictionOptionWire Option(EvictionOption option) =>
        new([.. option.Victims.Select(v => v.Value)], option.Frees.Bytes, option.CostSeconds, option.Chosen);

    private VictimWire Victim(ResidencySnapshot snapshot, ModelName victim)
    {
        var replica = snapshot.Models[victim].Replica!;
        return new VictimWire(victim.Value, replica.Allocation.Sum(a => a.Bytes.Bytes), replica.LoadTime.TotalSeconds, parts.Clock.WallTimeOf(replica.LastUsed));
    }

    /// <summary>A decision with its wire form.</summary>
    private sealed record Explained(ModelName Model, ResidencyDecision Decision, CandidateWire Wire);
}
