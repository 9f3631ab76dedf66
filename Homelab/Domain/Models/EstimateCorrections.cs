using System.Collections.Immutable;

namespace Homelab.Domain.Models;

/// <summary>What loads on this node really took, against what was estimated. Immutable; kept in the state folder.
/// The first measurement of the same digest, settings and engine version is believed as it is, and later ones that differ move it half the way; other
/// models of the same architecture are corrected by an exponentially weighted mean of the ratios seen, with a margin that shrinks with their number.</summary>
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

    /// <summary>A measurement of the very load never moves an estimate further than this many times up or down.</summary>
    public const double LargestMeasuredRatio = 4.0;

    /// <summary>Added to an estimate of an architecture that was never measured: 4 %, twice what nine tenths of the observed loads were off by.
    /// Divided by the square of the number of samples plus one.</summary>
    public const double FirstMargin = 0.04;

    /// <summary>A margin never falls below 1 %: the same architecture comes in other sizes and quantisations.</summary>
    public const double SmallestMargin = 0.01;

    /// <summary>What an estimate is raised by after a load that ran out of memory in spite of it.</summary>
    public const double RaisedBy = 1.15;

    /// <summary>Measurements of the same load that lie closer together than this are the same.</summary>
    private const double Noise = 0.05;

    /// <summary>Weight of a measurement that differs from those before.</summary>
    private const double Damping = 0.5;

    /// <summary>Models below this say nothing about others: fixed buffers are most of what they take.</summary>
    private static readonly ByteSize SmallestSample = ByteSize.FromMebibytes(64);

    public static EstimateCorrections Empty { get; } = new();

    /// <summary>Measured bytes by <c>digest|settings key|engine version</c>.</summary>
    public ImmutableSortedDictionary<string, ByteSize> Measured { get; init; } = ImmutableSortedDictionary.Create<string, ByteSize>(StringComparer.Ordinal);

    /// <summary>How many measurements each figure of <see cref="Measured"/> was made of; 0: none, it was raised after a load that failed. A key that is missing here has one.</summary>
    public ImmutableSortedDictionary<string, int> Observations { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

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
        var key = Key(digest, settings, engineVersion);
        if (Measured.TryGetValue(key, out var measured) && estimate.Uncorrected > 0)
        {
            var observations = Math.Max(0, Observations.GetValueOrDefault(key, 1));
            return estimate with { Correction = OfMeasured(estimate, measured), Basis = observations > 0 ? "measured" : "raised", Observations = observations };
        }

        var samples = Math.Max(0, SamplesByArchitecture.GetValueOrDefault(architecture));
        var margin = Math.Max(SmallestMargin, FirstMargin / ((1.0 + samples) * (1.0 + samples)));
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

        var key = Key(digest, settings, engineVersion);
        var observations = Measured.ContainsKey(key) ? Math.Max(0, Observations.GetValueOrDefault(key, 1)) : 0;
        var differs = observations > 0 && Math.Abs((measured.Bytes / (double)Math.Max(1, Measured[key].Bytes)) - 1) > Noise;
        var figure = differs ? new ByteSize((long)((Damping * measured.Bytes) + ((1 - Damping) * Measured[key].Bytes))) : measured;
        var learnt = Remember(key, figure, Math.Min(observations, int.MaxValue - 1) + 1);
        return architecture.Length == 0 || measured < SmallestSample || uncorrected.Reported <= 0
            ? learnt
            : learnt.Average(architecture, Bounded(measured.Bytes / uncorrected.Reported));
    }

    /// <summary>Takes in that a load ran out of memory in spite of its estimate: the next one asks for more.</summary>
    /// <param name="estimate">Corrected, as the load was placed by.</param>
    /// <param name="digest">Of the model.</param>
    /// <param name="settings">Of the load, context resolved.</param>
    /// <param name="engineVersion">See <see cref="Apply"/>.</param>
    public EstimateCorrections Raise(MemoryEstimate estimate, string digest, LoadSettings settings, string engineVersion = "") =>
        Remember(Key(digest, settings, engineVersion), new ByteSize((long)Math.Min(estimate.Total.Bytes * RaisedBy, long.MaxValue / 4.0)), 0);

    private static string Key(string digest, LoadSettings settings, string engineVersion) => $"{digest}|{settings.Key}|{engineVersion}";

    private static double Bounded(double ratio) => double.IsNaN(ratio) ? 1 : Math.Clamp(ratio, SmallestRatio, LargestRatio);

    /// <summary>Where a model is so small that fixed buffers are most of it, any ratio may be right.</summary>
    private static double OfMeasured(MemoryEstimate estimate, ByteSize measured)
    {
        var ratio = measured.Bytes / estimate.Uncorrected;
        return estimate.Reported < SmallestSample.Bytes ? ratio : Math.Clamp(ratio, 1 / LargestMeasuredRatio, LargestMeasuredRatio);
    }

    private EstimateCorrections Remember(string key, ByteSize measured, int observations)
    {
        var all = Measured.SetItem(key, measured);
        var order = Order.Where(all.ContainsKey).Distinct().Where(k => k != key).Append(key).ToList();
        order.InsertRange(0, all.Keys.Except(order).ToList());
        var dropped = order.Take(Math.Max(0, order.Count - MaximumMeasured)).ToList();
        return this with
        {
            Measured = all.RemoveRange(dropped),
            Observations = Observations.Where(o => all.ContainsKey(o.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal).SetItem(key, observations).RemoveRange(dropped),
            Order = [.. order.Skip(dropped.Count)],
        };
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
