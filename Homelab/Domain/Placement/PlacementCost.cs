namespace Homelab.Domain.Placement;

/// <summary>What a candidate is expected to cost until the first token, in seconds by term.</summary>
/// <param name="Queue">Waiting for a free place on the replica.</param>
/// <param name="Load">Bringing the model into memory, waiting for leased victims included.</param>
/// <param name="Eviction">What the victims' users will wait for their reload.</param>
/// <param name="Prefill">Reading the prompt.</param>
/// <param name="Penalty">Against models that chase each other off a node, and nodes that come and go.</param>
internal readonly record struct PlacementCost(double Queue, double Load, double Eviction, double Prefill, double Penalty)
{
    /// <summary>The sum; candidates are compared by it.</summary>
    public double Total => Queue + Load + Eviction + Prefill + Penalty;
}
