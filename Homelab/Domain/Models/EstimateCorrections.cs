using System.Collections.Immutable;

namespace Homelab.Domain.Models;

/// <summary>What loads on this node really took, against what was estimated. Immutable; kept in the state folder.
/// A measurement of the same digest and settings is believed as it is; other models of the same architecture are corrected by an
/// exponentially weighted mean of the ratios seen, with a margin that shrinks with their number.</summary>
internal sealed record EstimateCorrections
{
    /// <summary>Most measurements kept; the oldest is dropped first.</summary>
    public const int MaximumMeasured = 512;

    /// <summary>Most architectures kept; the one with the fewest samples is dropped first.</summary>
    public const int MaximumArchitectures = 64;

    /// <summary>Weight of the newest ratio in the mean.</summary>
    public const double Smoothing = 0.3;

    /// <summary>A mean never leaves 0.5..2: beyond that the measurement is wrong, not the formula.</summary>
    public const double SmallestRatio = 0.5;

    /// <inheritdoc cref="SmallestRatio"/>
    public const double LargestRatio = 2.0;

    /// <summary>Added to an estimate of an architecture that was never measured: 10 %. Divided by the number of samples plus one.</summary>
    public const double FirstMargin = 0.10;

    /// <summary>A margin never falls below 2 %: the same architecture comes in other sizes and quantisations.</summary>
    public const double SmallestMargin = 0.02;

    /// <summary>Models below this say nothing about others: fixed buffers are most of what they take.</summary>
    private static readonly ByteSize SmallestSample = ByteSize.FromMebibytes(64);

    public static EstimateCorrections Empty { get; } = new();

    /// <summary>Measured bytes by <c>digest|settings key|engine version</c>.</summary>
    public ImmutableSortedDictionary<string, ByteSize> Measured { get; init; } = ImmutableSortedDictionary.Create<string, ByteSize>(StringComparer.Ordinal);

    /// <summary>The keys of <see cref="Measured"/> from oldest to newest. A key that is missing here counts as oldest.</summary>
    public ImmutableList<string> Order { get; init; } = [];

    /// <summary>Mean ratio measured / estimated by architecture.</summary>
    public ImmutableSortedDictionary<string, double> RatioByArchitecture { get; init; } = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>How many measurements each mean was made of.</summary>
    public ImmutableSortedDictionary<string, int> SamplesByArchitecture { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Applies what was learnt to a fresh estimate. Its total becomes the measurement, with basis <c>measured</c>, where there is one.</summary>
    /// <param name="estimate">Uncorrected.</param>
    /// <param name="digest">Of the model.</param>
    /// <param name="architecture">From its metadata; empty where unknown.</param>
    /// <param name="settings">Of the load, context resolved.</param>
    /// <param name="engineVersion">A measurement of another version of the engine is not believed; empty where versions are not told apart.</param>
    public MemoryEstimate Apply(MemoryEstimate estimate, string digest, string architecture, LoadSettings settings, string engineVersion = "")
    {
        if (Measured.TryGetValue(Key(digest, settings, engineVersion), out var measured) && estimate.Uncorrected > 0)
        {
            return estimate with { Correction = measured.Bytes / estimate.Uncorrected, Basis = "measured" };
        }

        var samples = Math.Max(0, SamplesByArchitecture.GetValueOrDefault(architecture));
        var margin = Math.Max(SmallestMargin, FirstMargin / (1.0 + samples));
        return estimate with { Correction = Bounded(RatioByArchitecture.GetValueOrDefault(architecture, 1)) * (1 + margin) };
    }

    /// <summary>Takes a measurement in.</summary>
    /// <param name="uncorrected">The estimate for the same load, before <see cref="Apply"/>.</param>
    /// <param name="measured">Bytes that the engine says the model holds, on all devices; ignored unless positive.</param>
    /// <param name="digest">Of the model.</param>
    /// <param name="architecture">From its metadata; empty where unknown: then only the measurement itself is kept.</param>
    /// <param name="settings">Of the load, context resolved.</param>
    /// <param name="engineVersion">See <see cref="Apply"/>.</param>
    public EstimateCorrections Learn(MemoryEstimate uncorrected, ByteSize measured, string digest, string architecture, LoadSettings settings, string engineVersion = "")
    {
        if (measured <= ByteSize.Zero)
        {
            return this;
        }

        var learnt = Remember(Key(digest, settings, engineVersion), measured);
        return architecture.Length == 0 || measured < SmallestSample || uncorrected.Reported <= 0
            ? learnt
            : learnt.Average(architecture, Bounded(measured.Bytes / uncorrected.Reported));
    }

    private static string Key(string digest, LoadSettings settings, string engineVersion) => $"{digest}|{settings.Key}|{engineVersion}";

    private static double Bounded(double ratio) => double.IsNaN(ratio) ? 1 : Math.Clamp(ratio, SmallestRatio, LargestRatio);

    private EstimateCorrections Remember(string key, ByteSize measured)
    {
        var all = Measured.SetItem(key, measured);
        var order = Order.Where(all.ContainsKey).Distinct().Where(k => k != key).Append(key).ToList();
        order.InsertRange(0, all.Keys.Except(order).ToList());
        var dropped = order.Take(Math.Max(0, order.Count - MaximumMeasured)).ToList();
        return this with { Measured = all.RemoveRange(dropped), Order = [.. order.Skip(dropped.Count)] };
    }

    private EstimateCorrections Average(string architecture, double ratio)
    {
        var mean = RatioByArchitecture.TryGetValue(architecture, out var before) ? (Smoothing * ratio) + ((1 - Smoothing) * Bounded(before)) : ratio;
        var samples = Math.Max(0, SamplesByArchitecture.GetValueOrDefault(architecture));
        var learnt = this with
        {
            RatioByArchitecture = RatioByArchitecture.SetItem(architecture, mean),
            SamplesByArchitecture = SamplesByArchitecture.SetItem(architecture, samples == int.MaxValue ? samples : samples + 1),
        };
        var dropped = learnt.RatioByArchitecture.Keys
            .Where(known => known != architecture)
            .OrderBy(known => learnt.SamplesByArchitecture.GetValueOrDefault(known))
            .Take(Math.Max(0, learnt.RatioByArchitecture.Count - MaximumArchitectures))
            .ToList();
        return learnt with
        {
            RatioByArchitecture = learnt.RatioByArchitecture.RemoveRange(dropped),
            SamplesByArchitecture = learnt.SamplesByArchitecture.RemoveRange(dropped),
        };
    }
}
