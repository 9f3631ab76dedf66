using System.Collections.Immutable;
using System.Globalization;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Placement;

/// <summary>The words of placement, in one place: refusals, explanations and events say the same.</summary>
internal static class PlacementSentences
{
    /// <summary>Why a node takes no work, or that it does.</summary>
    public static string Standing(NodeSnapshot node) => node.Liveness switch
    {
        Liveness.Left => "has left",
        Liveness.Lost => "is lost",
        Liveness.Suspect when !node.Seen => "has not reported yet",
        Liveness.Suspect => "is silent",
        _ when node.Draining => "is drained by the operator",
        _ when node.Stopping => "is shutting down",
        _ when !node.EngineUp => "has no engine" + (node.EngineProblem is { Length: > 0 } problem ? $" ({problem})" : ""),
        _ when node.Address is null => "cannot be reached from this hub; set daemon.advertise there",
        _ => "takes work",
    };

    /// <summary>The names of the replicas that would go.</summary>
    public static ImmutableArray<ModelName> Victims(in Candidate candidate)
    {
        if (candidate.Victims == 0)
        {
            return [];
        }

        var names = ImmutableArray.CreateBuilder<ModelName>();
        for (var i = 0; i < Math.Min(64, candidate.Node.Replicas.Length); i++)
        {
            if ((candidate.Victims & (1UL << i)) != 0)
            {
                names.Add(candidate.Node.Replicas[i].Model);
            }
        }

        return names.ToImmutable();
    }

    /// <summary>What a candidate's room waits for.</summary>
    public static string WaitsFor(in Candidate candidate) => candidate.Victims == 0
        ? "its memory is taken by loads under way"
        : $"{Phrases.List(Victims(candidate))} must end running requests first";

    /// <summary>One node, in one line.</summary>
    public static string Of(in Candidate candidate, ModelName model, TimeSpan now)
    {
        var name = candidate.Node.Name;
        var words = candidate.Verdict switch
        {
            CandidateVerdict.Hot => $"has {model} in memory",
            CandidateVerdict.Loading => $"is loading {model}",
            CandidateVerdict.Fits => $"has room for {model}",
            CandidateVerdict.Evicts => $"has room for {model} once {Phrases.List(Victims(candidate))} is out",
            CandidateVerdict.Waits => $"has room for {model} later: {WaitsFor(candidate)}",
            CandidateVerdict.TooLarge => $"is too small: {model} needs {candidate.Model!.Memory} and its largest budget is {candidate.Node.LargestBudget}",
            CandidateVerdict.Protected => $"has no room that may be taken: {Phrases.List(candidate.Node.Replicas.Where(r => r.IsImmovable).Select(r => r.Model))} stays",
            CandidateVerdict.BackingOff => $"could not load it: {candidate.Model!.Failure!.Reason}; tries again in {Phrases.Short(candidate.Model.Failure.RetryAt - now)}",
            CandidateVerdict.NotInstalled => $"does not have {model}",
            CandidateVerdict.LabelsMissing => "lacks labels that the cluster wants for it",
            CandidateVerdict.Excluded => "refused the request",
            CandidateVerdict.Origin => "sent the request",
            CandidateVerdict.NotAskedFor => "was not asked for",
            _ => Standing(candidate.Node),
        };
        return candidate.CanServe ? $"{name} {words}: {Terms(candidate.Cost)}" : $"{name} {words}";
    }

    /// <summary>A decision, in one sentence.</summary>
    public static string Of(PlacementDecision decision, ModelName model) => decision switch
    {
        PlacementDecision.Route route => $"{model} goes to {route.Node.Name}, where it is in memory, in {Seconds(route.Cost.Total)}",
        PlacementDecision.Load { Joins: not null } load => $"{model} waits for its load on {load.Node.Name}, in {Seconds(load.Cost.Total)}",
        PlacementDecision.Load { Victims.IsEmpty: true } load => $"{model} is loaded on {load.Node.Name}, in {Seconds(load.Cost.Total)}",
        PlacementDecision.Load load => $"{model} is loaded on {load.Node.Name} in place of {Phrases.List(load.Victims)}, in {Seconds(load.Cost.Total)}",
        PlacementDecision.Queue queue => $"{model} waits on {queue.Node.Name}, in {Seconds(queue.Cost.Total)}: {queue.Why}",
        PlacementDecision.NotInstalled => $"{model} is not installed on any node",
        PlacementDecision.NoLiveNodes none => none.Why,
        PlacementDecision.EngineDown down => $"{model} is on {down.Node.Name}, which {Standing(down.Node)}",
        PlacementDecision.TooLarge large => $"{model} needs {large.Need} and the largest budget of any node that has it is {large.LargestBudget}, on {large.Node.Name}",
        PlacementDecision.WouldEvictProtected blocked => $"the room for {model} on {blocked.Node.Name} is held by {Phrases.List(blocked.Models)}, which its configuration pins or protects",
        PlacementDecision.BackingOff off => $"{model} could not be loaded on {off.Node.Name}: {off.Failure.Reason}",
        PlacementDecision.NotPermitted labels => $"no node that has {model} has the labels {string.Join(", ", labels.Labels.Select(l => $"{l.Key}={l.Value}"))}",
        PlacementDecision.LoadFailed failed => $"{model} could not be loaded on {failed.Node}: {failed.Message}",
        PlacementDecision.TimedOut { Loading: { } node } late => $"{model} was still being loaded on {node} after {Phrases.Short(late.Waited)}",
        PlacementDecision.TimedOut late => $"{model} found no room within {Phrases.Short(late.Waited)}",
        PlacementDecision.QueueFull full => $"{Phrases.Count(full.Waiting, "request")} wait at the hub already",
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };

    private static string Terms(PlacementCost cost) => string.Create(CultureInfo.InvariantCulture,
        $"{cost.Total:0.000} s (queue {cost.Queue:0.000}, load {cost.Load:0.000}, eviction {cost.Eviction:0.000}, prefill {cost.Prefill:0.000}, penalty {cost.Penalty:0.000})");

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} s");
}
