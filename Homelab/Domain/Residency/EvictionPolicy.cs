using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Which replicas go when room is needed: the cheapest set that frees enough on the right devices, where a replica's price is its
/// recent uses a second times the seconds of its reload. No set holds a replica that could stay. At equal price the fewest go, then those
/// unused for longest, then those that free least too much, then by name.</summary>
internal static class EvictionPolicy
{
    /// <summary>Up to so many candidates every set is looked at (4,096 of them); beyond, sets are grown greedily.</summary>
    public const int Exhaustive = 12;

    /// <summary>Sets shown by <c>explain</c> at most.</summary>
    public const int MaximumOptions = 32;

    /// <summary>All minimal sets that free enough, best first; empty where none does.</summary>
    /// <param name="candidates">Who may go.</param>
    /// <param name="room">What is free without evicting.</param>
    /// <param name="enough">Whether so much room is enough.</param>
    public static ImmutableArray<EvictionOption> Options(ImmutableArray<EvictionCandidate> candidates, NodeRoom room, Func<NodeRoom, bool> enough)
    {
        if (candidates.IsEmpty || !enough(Freed(room, candidates)))
        {
            return [];
        }

        var ordered = candidates.OrderBy(c => c.Model).ToImmutableArray();
        var sets = ordered.Length <= Exhaustive ? EverySet(ordered, room, enough) : GreedySets(ordered, room, enough);
        return [.. sets.Order(Comparer<ImmutableArray<EvictionCandidate>>.Create(Compare)).Take(MaximumOptions).Select((set, i) => Option(set, i == 0))];
    }

    private static List<ImmutableArray<EvictionCandidate>> EverySet(ImmutableArray<EvictionCandidate> candidates, NodeRoom room, Func<NodeRoom, bool> enough)
    {
        // All subsets of a set have smaller numbers, so they were looked at before it: a superset of one that suffices is skipped.
        var found = new List<int>();
        var sets = new List<ImmutableArray<EvictionCandidate>>();
        for (var mask = 1; mask < 1 << candidates.Length; mask++)
        {
            if (found.Exists(f => (mask & f) == f))
            {
                continue;
            }

            var set = candidates.Where((_, i) => (mask & (1 << i)) != 0).ToImmutableArray();
            if (enough(Freed(room, set)))
            {
                found.Add(mask);
                sets.Add(set);
            }
        }

        return sets;
    }

    private static List<ImmutableArray<EvictionCandidate>> GreedySets(ImmutableArray<EvictionCandidate> candidates, NodeRoom room, Func<NodeRoom, bool> enough)
    {
        var sets = candidates.Where(c => enough(Freed(room, [c]))).Select(c => ImmutableArray.Create(c)).ToList();
        var grown = ImmutableArray.CreateBuilder<EvictionCandidate>();
        foreach (var candidate in candidates.OrderBy(c => c.CostSeconds / Math.Max(1, Phrases.Sum(c.Held).Bytes)).ThenBy(c => c.LastUsed))
        {
            grown.Add(candidate);
            if (enough(Freed(room, grown)))
            {
                break;
            }
        }

        var set = grown.ToImmutable();
        foreach (var candidate in set.OrderByDescending(c => c.CostSeconds))
        {
            var without = set.Remove(candidate);
            if (!without.IsEmpty && enough(Freed(room, without)))
            {
                set = without;
            }
        }

        if (set.Length > 1)
        {
            sets.Add(set);
        }

        return sets;
    }

    private static NodeRoom Freed(NodeRoom room, IEnumerable<EvictionCandidate> set) => room.Plus(set.Select(c => new Occupancy(c.Held, !c.Model.IsApp)));

    private static int Compare(ImmutableArray<EvictionCandidate> left, ImmutableArray<EvictionCandidate> right)
    {
        var order = left.Count(c => c.Busy).CompareTo(right.Count(c => c.Busy));
        order = order != 0 ? order : Cost(left).CompareTo(Cost(right));
        order = order != 0 ? order : left.Length.CompareTo(right.Length);
        order = order != 0 ? order : left.Max(c => c.LastUsed).CompareTo(right.Max(c => c.LastUsed));
        order = order != 0 ? order : Frees(left).CompareTo(Frees(right));
        return order != 0 ? order : string.CompareOrdinal(Names(left), Names(right));
    }

    // To a thousandth: below that, a difference is noise of the decay and the ties decide.
    private static double Cost(ImmutableArray<EvictionCandidate> set) => Math.Round(set.Sum(c => c.CostSeconds), 3);

    private static ByteSize Frees(ImmutableArray<EvictionCandidate> set) => Phrases.Sum(set.SelectMany(c => c.Held));

    private static string Names(ImmutableArray<EvictionCandidate> set) => string.Join(' ', set.Select(c => c.Model.Value));

    private static EvictionOption Option(ImmutableArray<EvictionCandidate> set, bool chosen) =>
        new([.. set.Select(c => c.Model)], Frees(set), set.Sum(c => c.CostSeconds), chosen);
}
