using System.Collections.Immutable;

namespace Homelab.Domain.Residency;

/// <summary>Models that are made of one weights file but ask for different settings. The engine holds one of them at a time and would swap them by
/// itself, under whoever uses the other; so the one that is there counts as a replica that must go first, by the rules of any eviction.</summary>
internal static class SharedWeights
{
    /// <summary>Those of the same weights that are in memory, or on their way into or out of it.</summary>
    public static ImmutableArray<ModelRecord> Others(ResidencySnapshot snapshot, ModelRecord record) =>
        record.Installed?.Runner is { } runner
            ? [.. snapshot.Models.Values.Where(m => m.Name != record.Name && m.Installed?.Runner?.Weights == runner.Weights && (m.Replica is not null || m.Load is not null))]
            : [];

    /// <summary>Every set of replicas whose eviction makes room, each with those of the same weights in it, best first.</summary>
    /// <param name="candidates">Who may go.</param>
    /// <param name="others">Who must.</param>
    /// <param name="room">What is free without evicting.</param>
    /// <param name="enough">Whether so much room is enough.</param>
    public static ImmutableArray<EvictionOption> Options(ImmutableArray<EvictionCandidate> candidates, ImmutableArray<ModelRecord> others, NodeRoom room, Func<NodeRoom, bool> enough)
    {
        if (others.IsEmpty)
        {
            return EvictionPolicy.Options(candidates, room, enough);
        }

        ImmutableArray<EvictionCandidate> forced = [.. candidates.Where(c => others.Any(o => o.Name == c.Model))];
        if (forced.Length < others.Length)
        {
            return [];
        }

        var first = new EvictionOption([.. forced.Select(c => c.Model)], Phrases.Sum(forced.SelectMany(c => c.Held)), forced.Sum(c => c.CostSeconds), true);
        var freed = room.Plus(forced.Select(c => (Occupancy)c.Held));
        return enough(freed)
            ? [first]
            : [.. EvictionPolicy.Options([.. candidates.Except(forced)], freed, enough).Select(more => more with
            {
                Victims = [.. first.Victims, .. more.Victims],
                Frees = first.Frees + more.Frees,
                CostSeconds = first.CostSeconds + more.CostSeconds,
            })];
    }
}
