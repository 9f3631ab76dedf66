using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>What the node would do about a demand for one model, and why. Closed set; returned by a pure function and shown by <c>explain</c>.</summary>
internal abstract record ResidencyDecision
{
    private ResidencyDecision()
    {
    }

    /// <summary>It is in memory.</summary>
    public sealed record AlreadyHot : ResidencyDecision;

    /// <summary>It is being loaded.</summary>
    public sealed record AlreadyLoading(LoadRecord Load) : ResidencyDecision;

    /// <summary>It fits beside what is there.</summary>
    public sealed record Fits(MemoryEstimate Estimate, ImmutableArray<DeviceAllocation> Allocation, TimeSpan LoadTime) : ResidencyDecision;

    /// <summary>It fits once these replicas are gone. They are idle, unless the demand has waited past the maximum hold.</summary>
    public sealed record EvictThenLoad(MemoryEstimate Estimate, ImmutableArray<DeviceAllocation> Allocation, ImmutableArray<ModelName> Victims, TimeSpan LoadTime, double CostSeconds) : ResidencyDecision
    {
        /// <summary>Whether some victim is busy: all are held back from newcomers first, and go when their requests have ended.</summary>
        public bool Yields { get; init; }

        /// <summary>The engine's own rule that somebody must go by although the memory would do; null where memory is the reason.</summary>
        public string? Limit { get; init; }
    }

    /// <summary>There will be room, but not now: replicas are leased, too young, or being loaded.</summary>
    public sealed record Wait(MemoryEstimate Estimate, ImmutableArray<ModelName> For, string Why) : ResidencyDecision;

    /// <summary>Only protected or pinned replicas stand in the way.</summary>
    public sealed record WouldEvictProtected(MemoryEstimate Estimate, ImmutableArray<ModelName> Protected) : ResidencyDecision
    {
        /// <summary>The engine's own rule by which it does not go beside them although the memory would do; null where memory is the reason.</summary>
        public string? Limit { get; init; }
    }

    /// <summary>It would not fit an empty node.</summary>
    public sealed record TooLarge(MemoryEstimate Estimate, ByteSize LargestBudget) : ResidencyDecision;

    /// <summary>Its last load failed and the back-off is not over.</summary>
    public sealed record BackingOff(FailureRecord Failure) : ResidencyDecision;

    /// <summary>Its metadata is not known yet and is being read.</summary>
    public sealed record Unknown : ResidencyDecision;

    /// <summary>The engine does not have it.</summary>
    public sealed record NotInstalled : ResidencyDecision;
}
