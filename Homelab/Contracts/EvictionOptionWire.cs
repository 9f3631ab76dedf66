namespace Homelab.Contracts;

/// <summary>One set of replicas whose eviction would make enough room.</summary>
/// <param name="Victims">Who would go; none of them could stay.</param>
/// <param name="Bytes">Memory they give back together.</param>
/// <param name="CostSeconds">What it costs others: for each the seconds of its reload times its recent uses a second.</param>
/// <param name="Chosen">Whether it is the one that would go.</param>
internal sealed record EvictionOptionWire(IReadOnlyList<string> Victims, long Bytes, double CostSeconds, bool Chosen);
