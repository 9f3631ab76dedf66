namespace Homelab.Contracts;

/// <summary>One node that a request could go to.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Decision">That node's own decision; words of <see cref="ExplainWire"/>; on a hub also why it is not asked: <c>suspect</c>, <c>lost</c>, <c>left</c>, <c>draining</c>, <c>stopping</c>, <c>unreachable</c>, <c>engine_down</c>, <c>labels_missing</c>.</param>
/// <param name="Why">One sentence.</param>
/// <param name="Cost">Expected time to the first token; absent where it cannot serve.</param>
/// <param name="Allocation">Where on the node it would lie, by device; absent where it would not be loaded.</param>
/// <param name="Victims">Idle replicas that would be evicted; absent where none.</param>
/// <param name="WaitsFor">Models that have to finish first; absent where none.</param>
/// <param name="Options">Every set of replicas that could be evicted for it, the cheapest first; absent where none need go.</param>
/// <param name="LargestBudgetBytes">The most that the empty node could give to one model.</param>
internal sealed record CandidateWire(
    string Node,
    string Name,
    string Decision,
    string Why,
    CostWire? Cost = null,
    IReadOnlyList<AllocationWire>? Allocation = null,
    IReadOnlyList<VictimWire>? Victims = null,
    IReadOnlyList<string>? WaitsFor = null,
    long? LargestBudgetBytes = null,
    IReadOnlyList<EvictionOptionWire>? Options = null);
