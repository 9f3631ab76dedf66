using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Decides what a demand for one model would lead to on this node. Pure; the reducer acts on it and <c>explain</c> shows it.</summary>
internal static class ResidencyPlanner
{
    /// <summary>The decision for <paramref name="model"/> at <paramref name="now"/> (time since the daemon's start).</summary>
    public static ResidencyDecision Decide(ResidencySnapshot snapshot, ModelName model, TimeSpan now) => Decide(snapshot, model, now, []);

    /// <summary>The decision while some room is kept for models whose requests have waited past the maximum hold.</summary>
    /// <param name="claims">What is kept, by model and device; nobody behind them in the queue may take it.</param>
    public static ResidencyDecision Decide(ResidencySnapshot snapshot, ModelName model, TimeSpan now, ImmutableArray<ImmutableArray<DeviceAllocation>> claims)
    {
        if (!snapshot.Models.TryGetValue(model, out var record))
        {
            return new ResidencyDecision.NotInstalled();
        }

        if (record is { Name.IsApp: true, Installed: null })
        {
            return new ResidencyDecision.NotInstalled();
        }

        if (record.Replica is { Leaving: null } replica && record.State != ModelState.Unloading)
        {
            return EngineReconciliation.IsUsable(snapshot.Policy, model, replica)
                ? new ResidencyDecision.AlreadyHot()
                : new ResidencyDecision.Wait(LoadTerms.Of(snapshot, record).Estimate, [model], EngineReconciliation.IsLoadedAsConfigured(snapshot.Policy, model, replica)
                    ? $"{model} was replaced on disk and must be loaded again"
                    : $"{model} was loaded by somebody else with a context of {replica.Settings.Context} tokens and must be loaded again with {snapshot.Policy.For(model).Context}");
        }

        if (record.Load is { } load)
        {
            return new ResidencyDecision.AlreadyLoading(load);
        }

        var terms = LoadTerms.Of(snapshot, record);
        if (record.Replica is not null)
        {
            return new ResidencyDecision.Wait(terms.Estimate, [model], $"{model} is leaving memory and can be loaded again once it is out");
        }

        if (record.Installed is null)
        {
            return new ResidencyDecision.NotInstalled();
        }

        if (record.State == ModelState.Pulling)
        {
            return new ResidencyDecision.Wait(terms.Estimate, [model], $"{model} is still being downloaded");
        }

        if (record.Failure is { } failure && now < failure.RetryAt)
        {
            return failure.Retrying
                ? new ResidencyDecision.Wait(terms.Estimate, [model], $"{model} ended and is started again in {Phrases.Short(failure.RetryAt - now)}: {failure.Reason}")
                : new ResidencyDecision.BackingOff(failure);
        }

        return !record.IsKnown ? new ResidencyDecision.Unknown()
            : snapshot.Devices.IsEmpty ? new ResidencyDecision.Wait(terms.Estimate, [], "the devices have not been probed yet")
            : Place(snapshot, record, terms, now, claims);
    }

    /// <summary>Every set of idle replicas whose eviction would make room for <paramref name="model"/>, best first, the chosen one marked;
    /// empty where none is needed or none is enough.</summary>
    public static ImmutableArray<EvictionOption> Options(ResidencySnapshot snapshot, ModelName model, TimeSpan now)
    {
        if (Decide(snapshot, model, now) is not ResidencyDecision.EvictThenLoad decision)
        {
            return [];
        }

        var candidates = decision.Yields ? EvictionCandidates.All(snapshot, now) : EvictionCandidates.Idle(snapshot, now);
        return SharedWeights.Options(candidates, SharedWeights.Others(snapshot, snapshot.Models[model]), NodeRoom.Decided(snapshot), LoadAdmission.Of(snapshot, snapshot.Models[model]).Allows);
    }

    /// <summary>What a model that must wait past its hold keeps for itself: its place among all that can ever move; null where it has none.</summary>
    public static ImmutableArray<DeviceAllocation>? Claim(ResidencySnapshot snapshot, MemoryEstimate estimate) =>
        Placement.TryPlace(snapshot, Movable(snapshot), estimate, out var place) ? place
        : Placement.TryPlace(snapshot, WithoutImmovable(snapshot), estimate, out place) ? place
        : null;

    /// <summary>Whether the longest waiting request for the model has been passed for long enough.</summary>
    public static bool IsPastHold(ResidencySnapshot snapshot, ModelName model, TimeSpan now) =>
        snapshot.Waiters.Exists(w => w.Model == model && now - w.Since >= snapshot.Policy.MaximumHold);

    private static ResidencyDecision Place(ResidencySnapshot snapshot, ModelRecord record, LoadTerms terms, TimeSpan now, ImmutableArray<ImmutableArray<DeviceAllocation>> claims)
    {
        var estimate = terms.Estimate;
        var admission = new LoadAdmission(snapshot, terms);
        if (!admission.Allows(NodeRoom.Empty(snapshot)))
        {
            return new ResidencyDecision.TooLarge(estimate, Placement.LargestBudget(snapshot));
        }

        if (!admission.Allows(WithoutImmovable(snapshot)))
        {
            return new ResidencyDecision.WouldEvictProtected(estimate, [.. Immovable(snapshot).Select(r => r.Name)]) { Limit = admission.LimitIn(WithoutImmovable(snapshot)) };
        }

        if (!claims.IsEmpty && !admission.Allows(Movable(snapshot).Minus(claims.Select(c => (Occupancy)c))))
        {
            return new ResidencyDecision.Wait(estimate, [], "the room is kept for requests that have waited longer");
        }

        var others = SharedWeights.Others(snapshot, record);
        if (others.FirstOrDefault(o => o.Load is not null || o.Replica is { Leaving: not null }) is { } moving)
        {
            return new ResidencyDecision.Wait(estimate, [moving.Name], $"{moving.Name} is of the same weights and is {(moving.Load is null ? "leaving memory" : "being loaded")}");
        }

        if (others.Any(o => EvictionCandidates.IsImmovable(snapshot, o.Name)))
        {
            return new ResidencyDecision.WouldEvictProtected(estimate, [.. others.Select(o => o.Name).Where(o => EvictionCandidates.IsImmovable(snapshot, o))]);
        }

        var decided = NodeRoom.Decided(snapshot);
        var free = decided.And(NodeRoom.Physical(snapshot));
        if (record.MakesRoom && SharedWeights.Options(EvictionCandidates.Idle(snapshot, now), others, decided, room => room.Replicas < decided.Replicas && admission.Allows(room)) is [var least, ..])
        {
            return Evict(snapshot, terms, admission, least, yields: false);
        }

        if (others.IsEmpty && admission.EngineAllows(free) && admission.TryPlace(free, out var place))
        {
            return new ResidencyDecision.Fits(estimate, place, terms.Expected);
        }

        if (others.IsEmpty && admission.Allows(decided))
        {
            return new ResidencyDecision.Wait(estimate, WaitReason.Leaving(snapshot), WaitReason.ForLeaving(snapshot));
        }

        var idle = SharedWeights.Options(EvictionCandidates.Idle(snapshot, now), others, decided, admission.Allows);
        if (!idle.IsEmpty)
        {
            return Evict(snapshot, terms, admission, idle[0], yields: false);
        }

        var all = IsPastHold(snapshot, record.Name, now) ? SharedWeights.Options(EvictionCandidates.All(snapshot, now), others, decided, admission.Allows) : [];
        return all.IsEmpty
            ? new ResidencyDecision.Wait(estimate, WaitReason.Blockers(snapshot), Because(admission.LimitIn(decided)) + WaitReason.ForRoom(snapshot, now))
            : Evict(snapshot, terms, admission, all[0], yields: true);
    }

    private static ResidencyDecision.EvictThenLoad Evict(ResidencySnapshot snapshot, LoadTerms terms, LoadAdmission admission, EvictionOption option, bool yields)
    {
        var decided = NodeRoom.Decided(snapshot);
        admission.TryPlace(decided.Plus(option.Victims.Select(v => Occupancy.Of(snapshot.Models[v], snapshot.Models[v].Replica!.Allocation))), out var place);
        return new ResidencyDecision.EvictThenLoad(terms.Estimate, place, option.Victims, terms.Expected, option.CostSeconds) { Yields = yields, Limit = admission.LimitIn(decided) };
    }

    private static string Because(string? limit) => limit is null ? "" : limit + ": ";

    private static IEnumerable<ModelRecord> Immovable(ResidencySnapshot snapshot) =>
        snapshot.Models.Values.Where(m => (m.Replica is { Leaving: null } || m.Load is not null) && EvictionCandidates.IsImmovable(snapshot, m.Name));

    /// <summary>What is free once everything that may ever be evicted has gone.</summary>
    public static NodeRoom WithoutImmovable(ResidencySnapshot snapshot) =>
        NodeRoom.Empty(snapshot).Minus(Immovable(snapshot).Select(m => Occupancy.Of(m, m.Replica?.Allocation ?? m.Load!.Allocation)));

    private static NodeRoom Movable(ResidencySnapshot snapshot) =>
        WithoutImmovable(snapshot).Minus(snapshot.Models.Values.Where(m => m.Load is not null && !EvictionCandidates.IsImmovable(snapshot, m.Name)).Select(m => Occupancy.Of(m, m.Load!.Allocation)));
}
