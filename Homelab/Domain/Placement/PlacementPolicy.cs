using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>The figures that placement assumes where nothing was measured, and the cluster's rules by model. Immutable.</summary>
internal sealed record PlacementPolicy
{
    /// <summary>By canonical name; models that are not named here may go anywhere.</summary>
    public ImmutableDictionary<ModelName, PlacementModelPolicy> Models { get; init; } = ImmutableDictionary<ModelName, PlacementModelPolicy>.Empty;

    /// <summary>How long a request holds a lease, until a replica has measured it.</summary>
    public TimeSpan AssumedServiceTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tokens of prompt a second, until a replica has measured it.</summary>
    public double AssumedPrefillRate { get; init; } = 1000;

    /// <summary>Leases at a time of a replica that is not there yet.</summary>
    public int AssumedCapacity { get; init; } = 4;

    /// <summary>How far ahead an eviction is charged for the victim's uses. Of 10, 30, 100 and 300 s the one that kept requests waiting least
    /// over the traces of <c>bench policy</c>.</summary>
    public TimeSpan EvictionHorizon { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it counts that one model went for another.</summary>
    public TimeSpan ThrashWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Evictions of a pair for each other within the window beyond which it is announced.</summary>
    public int ThrashCount { get; init; } = 3;

    /// <summary>Losses within ten minutes from which on a node costs more.</summary>
    public int FlappingLosses { get; init; } = 3;

    /// <summary>What each of those losses costs.</summary>
    public TimeSpan FlappingPenalty { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Part of a prompt that must be known for affinity to count.</summary>
    public double AffinityMinimum { get; init; } = 0.3;

    /// <summary>The rules of one model.</summary>
    public PlacementModelPolicy For(ModelName model) => Models.IsEmpty ? PlacementModelPolicy.Any : Models.GetValueOrDefault(model, PlacementModelPolicy.Any);
}
