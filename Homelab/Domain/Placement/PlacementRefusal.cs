using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Placement;

/// <summary>Says why a demand can go nowhere: the reason that comes nearest to being served, over all nodes. Off the fast path.</summary>
internal static class PlacementRefusal
{
    public static PlacementDecision Of(PlacementSnapshot snapshot, in PlacementDemand demand, scoped CandidateJudge judge)
    {
        var all = new List<Candidate>();
        foreach (var node in snapshot.Nodes)
        {
            all.Add(PlacementPlanner.Judge(judge, node, demand.Model, 0));
        }

        all.Sort(static (left, right) => string.CompareOrdinal(left.Node.Name, right.Node.Name));
        var asked = all.FindAll(c => c.Verdict != CandidateVerdict.NotAskedFor && c.Verdict != CandidateVerdict.Origin);
        var having = asked.FindAll(c => c.Verdict != CandidateVerdict.Left && (c.Model is not null || c.Replica is not null));
        return asked.Count == 0 ? new PlacementDecision.NoLiveNodes(Nobody(snapshot, demand))
            : !asked.Exists(c => c.Node.TakesWork) ? (PlacementDecision?)EngineDown(having) ?? new PlacementDecision.NoLiveNodes(Summary(asked))
            : having.Count == 0 ? new PlacementDecision.NotInstalled()
            : BackingOff(having) ?? Protected(having) ?? EngineDown(having) ?? (PlacementDecision?)OutOfReach(having, demand.Model) ?? TooLarge(having) ?? (PlacementDecision)new PlacementDecision.NotPermitted(snapshot.Policy.For(demand.Model).RequiredLabels);
    }

    /// <summary>The client surface's <c>error.code</c> of a refusal.</summary>
    public static string CodeOf(PlacementDecision refusal) => refusal switch
    {
        PlacementDecision.NotInstalled => "model_not_found",
        PlacementDecision.TooLarge => "model_too_large",
        PlacementDecision.WouldEvictProtected => "would_evict_protected",
        PlacementDecision.EngineDown => "engine_error",
        PlacementDecision.BackingOff => "load_failed",
        PlacementDecision.LoadFailed failed => failed.Code,
        PlacementDecision.QueueFull => "queue_full",
        PlacementDecision.TimedOut => "capacity_timeout",
        _ => "no_live_nodes",
    };

    private static string Nobody(PlacementSnapshot snapshot, in PlacementDemand demand) =>
        snapshot.Nodes.Count == 0 ? "no node has joined this hub"
        : demand.Node is { } only ? $"no node is called {only}"
        : "no other node has joined this hub";

    private static string Summary(List<Candidate> nodes) =>
        $"none of {Phrases.Count(nodes.Count, "known node")} takes work: " + string.Join(", ", nodes.Take(8).Select(c => $"{c.Node.Name} {PlacementSentences.Standing(c.Node)}")) + (nodes.Count > 8 ? ", ..." : "");

    private static PlacementDecision.BackingOff? BackingOff(List<Candidate> having)
    {
        PlacementDecision.BackingOff? soonest = null;
        foreach (var candidate in having)
        {
            if (candidate is { Verdict: CandidateVerdict.BackingOff, Model.Failure: { } failure } && (soonest is null || failure.RetryAt < soonest.RetryAt))
            {
                soonest = new PlacementDecision.BackingOff(candidate.Node, failure, failure.RetryAt);
            }
        }

        return soonest;
    }

    private static PlacementDecision.WouldEvictProtected? Protected(List<Candidate> having) =>
        having.FindIndex(c => c.Verdict == CandidateVerdict.Protected) is >= 0 and var at
            ? new PlacementDecision.WouldEvictProtected(having[at].Node, [.. having[at].Node.Replicas.Where(r => r.IsImmovable).Select(r => r.Model)])
            : null;

    /// <summary>Nothing but their engines keeps those that could hold it.</summary>
    private static PlacementDecision.EngineDown? EngineDown(List<Candidate> having)
    {
        var able = having.FindAll(IsAble);
        return able.Count > 0 && able.TrueForAll(static c => c.Verdict == CandidateVerdict.EngineDown) ? new PlacementDecision.EngineDown(able[0].Node) : null;
    }

    private static bool IsAble(Candidate candidate) =>
        candidate.Verdict is not (CandidateVerdict.TooLarge or CandidateVerdict.LabelsMissing) && (candidate.Replica is not null || candidate.Model!.Memory <= candidate.Node.LargestBudget);

    /// <summary>A node that could hold it is out of reach for now: that is no reason to say that it is too large or not permitted.</summary>
    private static PlacementDecision.NoLiveNodes? OutOfReach(List<Candidate> having, ModelName model)
    {
        var able = having.FindAll(IsAble);
        return able.Count == 0 ? null
            : able.TrueForAll(c => c.Verdict == CandidateVerdict.Excluded) ? new PlacementDecision.NoLiveNodes($"every node that has {model} refused the request")
            : new PlacementDecision.NoLiveNodes($"{model} is only on " + string.Join(", ", able.Take(8).Select(c => $"{c.Node.Name}, which {(c.Verdict == CandidateVerdict.Excluded ? "refused the request" : PlacementSentences.Standing(c.Node))}")));
    }

    private static PlacementDecision.TooLarge? TooLarge(List<Candidate> having)
    {
        var large = having.FindAll(c => c.Verdict == CandidateVerdict.TooLarge || (c.Model is not null && c.Model.Memory > c.Node.LargestBudget));
        if (large.Count == 0)
        {
            return null;
        }

        var largest = large.MaxBy(c => c.Node.LargestBudget);
        return new PlacementDecision.TooLarge(large.Min(c => c.Model!.Memory), largest.Node.LargestBudget, largest.Node);
    }
}
