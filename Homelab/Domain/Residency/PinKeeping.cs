using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Keeps pinned models in memory: loaded at start, loaded again when lost. What cannot be kept is announced once.</summary>
internal static class PinKeeping
{
    /// <summary>Whether a pin alone is reason enough to load the model.</summary>
    public static bool IsWanted(ResidencySnapshot snapshot, ModelRecord record) =>
        snapshot.Policy.For(record.Name).Pin && !record.KeptOut && record.Installed is not null;

    /// <summary>Loads what is pinned and not there.</summary>
    public static void Plan(ResidencyTurn turn)
    {
        if (turn.Snapshot.Devices.IsEmpty)
        {
            return;
        }

        foreach (var record in turn.Snapshot.Models.Values)
        {
            if (Evictions.IsAnswerOutstanding(turn.Snapshot))
            {
                return;
            }

            if ((!turn.Snapshot.EngineUp && !record.Name.IsApp) || record is not { Replica: null, Load: null, Installed: not null } || !IsWanted(turn.Snapshot, record) || turn.Snapshot.Waiters.Exists(w => w.Model == record.Name))
            {
                continue;
            }

            var decision = ResidencyPlanner.Decide(turn.Snapshot, record.Name, turn.Now);
            LoadPlanning.Act(turn, record.Name, decision);
            Report(turn, record.Name, Problem(record.Name, decision));
        }
    }

    private static string? Problem(ModelName model, ResidencyDecision decision) => decision switch
    {
        ResidencyDecision.TooLarge d => $"{model} is pinned and cannot be loaded: it needs {d.Estimate.Total} and the largest budget on this node is {d.LargestBudget}",
        ResidencyDecision.WouldEvictProtected { Limit: { } limit } d => $"{model} is pinned and cannot be loaded: {limit}, and {Phrases.List(d.Protected)} {(d.Protected.Length == 1 ? "is" : "are")} pinned or protected as well",
        ResidencyDecision.WouldEvictProtected d => $"{model} is pinned and cannot be loaded: it needs {d.Estimate.Total} and the room is held by {Phrases.List(d.Protected)}, pinned or protected as well",
        _ => null,
    };

    private static void Report(ResidencyTurn turn, ModelName model, string? problem)
    {
        // Only its disappearance or another cause is news; figures may change from second to second.
        if (turn.Find(model) is { } record && (problem is null) != (record.PinProblem is null))
        {
            turn.Put(record with { PinProblem = problem });
            if (problem is not null)
            {
                turn.Announce(AnnouncementTypes.PinUnmet, model, problem);
            }
        }
    }
}
