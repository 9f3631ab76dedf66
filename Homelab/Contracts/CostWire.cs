namespace Homelab.Contracts;

/// <summary>Expected seconds to the first token, term by term.</summary>
/// <param name="QueueSeconds">Waiting behind others.</param>
/// <param name="LoadSeconds">Bringing it into memory.</param>
/// <param name="EvictionSeconds">What evicting costs others: their reload time times how often they are used.</param>
/// <param name="PrefillSeconds">Reading the prompt; absent where not reckoned.</param>
/// <param name="TotalSeconds">The sum.</param>
internal sealed record CostWire(double QueueSeconds, double LoadSeconds, double EvictionSeconds, double? PrefillSeconds, double TotalSeconds)
{
    /// <summary>Against models that chase each other off a node, and nodes that come and go; absent where there is none.</summary>
    public double? PenaltySeconds { get; init; }
}
