using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Whether, where and with what context one model fits this node.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Terms">With what it would be loaded, and what that needs.</param>
/// <param name="Shares">What each device would hold, before the correction; empty where only the size of the file is known.</param>
/// <param name="Free">Room by device under the verdict: what may be evicted does not count. On an empty node where it never fits.</param>
/// <param name="LargestBeside">Longest context, in tokens, with which it fits beside what is in memory; 0 where none does. Null where it does not follow from what is known.</param>
/// <param name="LargestAlone">Longest context with which it fits an otherwise empty node; as <paramref name="LargestBeside"/>.</param>
/// <param name="LargestBudget">The most that one model could hold on an empty node.</param>
internal sealed record ModelFit(
    FitVerdict Verdict,
    LoadTerms Terms,
    ImmutableArray<DeviceShare> Shares,
    ImmutableArray<DeviceRoom> Free,
    int? LargestBeside,
    int? LargestAlone,
    ByteSize LargestBudget);
