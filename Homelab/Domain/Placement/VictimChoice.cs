using System.Numerics;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Placement;

/// <summary>Foresees who would go on a node: the same choice as the node's own <see cref="EvictionPolicy"/>, over the numbers of a heartbeat
/// and without allocating, because a decision asks it for many nodes. Beyond <see cref="Exhaustive"/> candidates it grows one set and takes
/// out again who need not go.</summary>
internal static class VictimChoice
{
    /// <summary>Candidates up to which every set is looked at.</summary>
    public const int Exhaustive = 10;

    /// <summary>What a replica is worth a second: its recent uses times its reload.</summary>
    public static double Price(NodeReplica replica) => replica.UsesPerSecond * replica.ReloadTime.TotalSeconds;

    /// <summary>The cheapest set that makes enough room; 0 where none does.</summary>
    /// <param name="node">Whose replicas.</param>
    /// <param name="movable">Who may go: one bit for each replica.</param>
    /// <param name="busy">Of those, who can go only later; a set with fewer of them is always better.</param>
    /// <param name="room">What is free without anybody going.</param>
    /// <param name="need">Bytes of the load.</param>
    /// <param name="limit">Sets that are dearer need not be told apart: the first that suffices will do.</param>
    public static ulong Cheapest(NodeSnapshot node, ulong movable, ulong busy, ReadOnlySpan<long> room, long need, double limit)
    {
        Span<int> candidates = stackalloc int[64];
        Span<long> left = stackalloc long[room.Length];
        var count = 0;
        for (var i = 0; i < Math.Min(64, node.Replicas.Length); i++)
        {
            if ((movable & (1UL << i)) != 0)
            {
                candidates[count++] = i;
            }
        }

        if (!Suffices(node, movable, room, left, need))
        {
            return 0;
        }

        if (limit <= 0)
        {
            return movable;
        }

        return count <= Exhaustive ? Best(node, candidates[..count], busy, room, left, need) : Grown(node, candidates[..count], busy, room, left, need);
    }

    private static ulong Best(NodeSnapshot node, ReadOnlySpan<int> candidates, ulong busy, ReadOnlySpan<long> room, Span<long> left, long need)
    {
        var best = new Set(0, int.MaxValue, double.PositiveInfinity);
        for (var mask = 1u; mask < 1u << candidates.Length; mask++)
        {
            var set = SetOf(node, candidates, mask, busy);
            if (IsBetter(node, set, best) && Suffices(node, set.Victims, room, left, need))
            {
                best = set;
            }
        }

        return best.Victims;
    }

    private static ulong Grown(NodeSnapshot node, Span<int> candidates, ulong busy, ReadOnlySpan<long> room, Span<long> left, long need)
    {
        // Insertion sort: idle before busy, then the price of a byte, then the one unused for longest.
        for (var i = 1; i < candidates.Length; i++)
        {
            for (var j = i; j > 0 && GoesBefore(node, candidates[j], candidates[j - 1], busy); j--)
            {
                (candidates[j], candidates[j - 1]) = (candidates[j - 1], candidates[j]);
            }
        }

        var victims = 0UL;
        foreach (var candidate in candidates)
        {
            victims |= 1UL << candidate;
            if (Suffices(node, victims, room, left, need))
            {
                break;
            }
        }

        for (var i = candidates.Length - 1; i >= 0; i--)
        {
            var without = victims & ~(1UL << candidates[i]);
            if (without != victims && without != 0 && Suffices(node, without, room, left, need))
            {
                victims = without;
            }
        }

        return victims;
    }

    private static bool GoesBefore(NodeSnapshot node, int left, int right, ulong busy)
    {
        var (l, r) = (node.Replicas[left], node.Replicas[right]);
        var order = ((busy >> left) & 1).CompareTo((busy >> right) & 1);
        order = order != 0 ? order : (Price(l) / Math.Max(1, l.Bytes.Bytes)).CompareTo(Price(r) / Math.Max(1, r.Bytes.Bytes));
        order = order != 0 ? order : l.LastUsed.CompareTo(r.LastUsed);
        return (order != 0 ? order : l.Model.CompareTo(r.Model)) < 0;
    }

    private static bool Suffices(NodeSnapshot node, ulong victims, ReadOnlySpan<long> room, Span<long> left, long need)
    {
        room.CopyTo(left);
        for (var i = 0; i < 64 && victims >> i != 0; i++)
        {
            if ((victims & (1UL << i)) != 0)
            {
                node.Memory.Give(left, node.Replicas[i].Allocation);
            }
        }

        return node.Memory.Fits(left, need);
    }

    private static Set SetOf(NodeSnapshot node, ReadOnlySpan<int> candidates, uint mask, ulong busy)
    {
        var victims = 0UL;
        var price = 0.0;
        for (var i = 0; i < candidates.Length; i++)
        {
            if ((mask & (1u << i)) != 0)
            {
                victims |= 1UL << candidates[i];
                price += Price(node.Replicas[candidates[i]]);
            }
        }

        // To a thousandth, as the node's own choice: below that, a difference is noise of the decay and the ties decide.
        return new Set(victims, BitOperations.PopCount(victims & busy), Math.Round(price, 3));
    }

    private static bool IsBetter(NodeSnapshot node, Set set, Set best)
    {
        var order = set.Busy.CompareTo(best.Busy);
        order = order != 0 ? order : set.Price.CompareTo(best.Price);
        order = order != 0 || best.Victims == 0 ? order : Ties(node, set.Victims, best.Victims);
        return order < 0;
    }

    private static int Ties(NodeSnapshot node, ulong set, ulong best)
    {
        var order = BitOperations.PopCount(set).CompareTo(BitOperations.PopCount(best));
        order = order != 0 ? order : LastUsed(node, set).CompareTo(LastUsed(node, best));
        order = order != 0 ? order : Bytes(node, set).CompareTo(Bytes(node, best));

        // Replicas are in order of name: of two sets of one size the one whose first difference comes earlier.
        return order != 0 || set == best ? order : (set & (1UL << BitOperations.TrailingZeroCount(set ^ best))) != 0 ? -1 : 1;
    }

    private static TimeSpan LastUsed(NodeSnapshot node, ulong set)
    {
        var latest = TimeSpan.MinValue;
        for (var i = 0; i < 64 && set >> i != 0; i++)
        {
            latest = (set & (1UL << i)) != 0 && node.Replicas[i].LastUsed > latest ? node.Replicas[i].LastUsed : latest;
        }

        return latest;
    }

    private static long Bytes(NodeSnapshot node, ulong set)
    {
        var sum = 0L;
        for (var i = 0; i < 64 && set >> i != 0; i++)
        {
            if ((set & (1UL << i)) != 0)
            {
                foreach (var part in node.Replicas[i].Allocation)
                {
                    sum += part.Bytes.Bytes;
                }
            }
        }

        return sum;
    }

    /// <summary>A set of replicas with what it is ordered by first.</summary>
    private readonly record struct Set(ulong Victims, int Busy, double Price);
}
