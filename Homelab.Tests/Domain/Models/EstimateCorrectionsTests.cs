using CsCheck;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>What a node learns of its own loads.</summary>
public sealed class EstimateCorrectionsTests
{
    private static readonly LoadSettings Settings = new(8_192, 1);
    private static readonly MemoryEstimate Raw = MemoryEstimator.FromFacts(KnownModels.All["llama3.1:8b"], Settings);

    /// <summary>Acceptance test 21 of the list of users' complaints.</summary>
    [Fact]
    public void After_one_measured_load_the_next_prediction_equals_the_measurement() => Gen.Select(Gen.Long[1, 1L << 46], Gen.Long[0, 1L << 46]).Sample((measured, weights) =>
    {
        var raw = Raw with { Weights = new ByteSize(weights) };

        var next = EstimateCorrections.Empty.Learn(raw, new ByteSize(measured), "d", "llama", Settings).Apply(raw, "d", "llama", Settings);

        // Beyond four times up or down the measurement is not believed, except of models that are next to nothing.
        var ratio = measured / raw.Uncorrected;
        return next is { Basis: "measured", Observations: 1 }
            && (next.Total.Bytes == measured || (ratio is < 1 / EstimateCorrections.LargestMeasuredRatio or > EstimateCorrections.LargestMeasuredRatio && next.Correction is 0.25 or 4));
    });

    [Fact]
    public void Measurements_of_the_same_load_converge_and_one_that_stands_out_moves_the_estimate_half_the_way()
    {
        var once = EstimateCorrections.Empty.Learn(Raw, Times(1.2), "d", "llama", Settings);
        var disturbed = once.Learn(Raw, Times(1.6), "d", "llama", Settings);

        Assert.Equal(Times(1.4).Bytes, disturbed.Apply(Raw, "d", "llama", Settings).Total.Bytes, 4.0);
        var settled = Enumerable.Range(0, 6).Aggregate(disturbed, (c, _) => c.Learn(Raw, Times(1.2), "d", "llama", Settings)).Apply(Raw, "d", "llama", Settings);
        Assert.Equal((Times(1.2), 8), (settled.Total, settled.Observations));
    }

    [Fact]
    public void Load_that_ran_out_of_memory_raises_the_estimate_until_one_is_measured()
    {
        var raised = EstimateCorrections.Empty.Raise(Raw, "d", Settings, "1.0");

        var next = raised.Apply(Raw, "d", "llama", Settings, "1.0");
        Assert.Equal(("raised", 0), (next.Basis, next.Observations));
        Assert.Equal(EstimateCorrections.RaisedBy, next.Total.Bytes / (double)Raw.Total.Bytes, 6);
        Assert.Equal("metadata", raised.Apply(Raw, "d", "llama", Settings, "1.1").Basis);
        Assert.Equal(("measured", Times(1)), (raised.Learn(Raw, Times(1), "d", "llama", Settings, "1.0").Apply(Raw, "d", "llama", Settings, "1.0") is var m ? m.Basis : "", m.Total));
    }

    [Fact]
    public void Estimate_of_an_architecture_never_measured_has_a_margin()
    {
        var estimate = EstimateCorrections.Empty.Apply(Raw, "d", "llama", Settings);

        Assert.Equal(1.04, estimate.Correction, 9);
        Assert.Equal("metadata", estimate.Basis);
    }

    [Theory]
    [InlineData("other digest", 8_192, "")]
    [InlineData("d", 16_384, "")]
    [InlineData("d", 8_192, "0.33.0")]
    public void Measurement_of_another_model_context_or_engine_version_only_moves_the_mean(string digest, int context, string version)
    {
        var learnt = EstimateCorrections.Empty.Learn(Raw, Times(1.2), "d", "llama", Settings);

        var estimate = learnt.Apply(Raw, digest, "llama", Settings with { Context = context }, version);

        Assert.Equal("metadata", estimate.Basis);
        Assert.Equal(1.2 * 1.01, estimate.Correction, 3);
    }

    [Fact]
    public void Margin_shrinks_with_samples_and_never_vanishes()
    {
        var corrections = EstimateCorrections.Empty;
        var before = double.MaxValue;
        for (var i = 0; i < 20; i++)
        {
            var now = corrections.Apply(Raw, "new", "llama", Settings).Correction;
            Assert.True(now <= before && now >= 1.01, $"{i}: {now} after {before}");
            before = now;
            corrections = corrections.Learn(Raw, Times(1), $"d{i}", "llama", Settings);
        }

        Assert.Equal(1.01, before, 3);
    }

    [Fact]
    public void Mean_converges_to_a_steady_ratio_from_any_start() => Gen.Select(Gen.Double[0.5, 2], Gen.Double[0.6, 1.9]).Sample((start, ratio) =>
    {
        var corrections = EstimateCorrections.Empty.Learn(Raw, Times(start), "first", "llama", Settings);
        var distance = double.MaxValue;
        for (var i = 0; i < 25; i++)
        {
            corrections = corrections.Learn(Raw, Times(ratio), "d", "llama", Settings);
            var now = Math.Abs(corrections.RatioByArchitecture["llama"] - ratio);
            if (now > distance + 1e-9)
            {
                return false;
            }

            distance = now;
        }

        return distance < 0.001;
    });

    [Fact]
    public void Mean_stays_between_a_half_and_double_whatever_is_measured() => Gen.Long[-5, long.MaxValue].Array[1, 20].Sample(measurements =>
    {
        var corrections = measurements.Aggregate(EstimateCorrections.Empty, (c, m) => c.Learn(Raw, new ByteSize(m), "d", "llama", Settings));

        return corrections.RatioByArchitecture.Values.All(ratio => ratio is >= 0.5 and <= 2)
            && corrections.Apply(Raw, "other", "llama", Settings).Correction is >= 0.5 and <= 2.2;
    });

    [Fact]
    public void Tiny_model_says_nothing_about_larger_ones_of_its_architecture()
    {
        var raw = MemoryEstimator.FromFacts(KnownModels.Tiny, Settings);

        var learnt = EstimateCorrections.Empty.Learn(raw, new ByteSize(4_120_902), "tiny", "llama", Settings);

        Assert.Empty(learnt.RatioByArchitecture);
        Assert.Equal(4_120_902, learnt.Apply(raw, "tiny", "llama", Settings).Total.Bytes);
    }

    [Fact]
    public void Nothing_is_learnt_from_a_size_that_the_engine_does_not_know() =>
        Assert.Same(EstimateCorrections.Empty, EstimateCorrections.Empty.Learn(Raw, ByteSize.Zero, "d", "llama", Settings));

    [Fact]
    public void Oldest_measurement_is_dropped_first_and_one_repeated_is_young_again()
    {
        var corrections = EstimateCorrections.Empty;
        for (var i = 0; i < EstimateCorrections.MaximumMeasured; i++)
        {
            corrections = corrections.Learn(Raw, Times(1), $"d{i}", "llama", Settings);
        }

        corrections = corrections.Learn(Raw, Times(1), "d0", "llama", Settings).Learn(Raw, Times(1), "new", "llama", Settings);

        Assert.Equal(EstimateCorrections.MaximumMeasured, corrections.Measured.Count);
        Assert.Equal("measured", corrections.Apply(Raw, "d0", "llama", Settings).Basis);
        Assert.Equal("metadata", corrections.Apply(Raw, "d1", "llama", Settings).Basis);
        Assert.Equal("measured", corrections.Apply(Raw, "new", "llama", Settings).Basis);
    }

    [Fact]
    public void Least_sampled_architecture_is_dropped_first()
    {
        var corrections = EstimateCorrections.Empty;
        for (var i = 0; i <= EstimateCorrections.MaximumArchitectures; i++)
        {
            corrections = corrections.Learn(Raw, Times(1), "d", $"a{i}", Settings);
            corrections = i == 7 ? corrections : corrections.Learn(Raw, Times(1), "d", $"a{i}", Settings);
        }

        Assert.Equal(EstimateCorrections.MaximumArchitectures, corrections.RatioByArchitecture.Count);
        Assert.DoesNotContain("a7", corrections.RatioByArchitecture.Keys);
        Assert.Equal(corrections.RatioByArchitecture.Keys, corrections.SamplesByArchitecture.Keys);
    }

    [Fact]
    public void State_that_lost_its_order_or_was_edited_by_hand_still_works()
    {
        var learnt = EstimateCorrections.Empty.Learn(Raw, Times(1), "d", "llama", Settings);
        var damaged = learnt with
        {
            Order = ["gone", "gone"],
            RatioByArchitecture = learnt.RatioByArchitecture.SetItem("llama", double.NaN),
            SamplesByArchitecture = learnt.SamplesByArchitecture.SetItem("llama", -3),
        };

        var mended = damaged.Learn(Raw, Times(1), "e", "llama", Settings);

        Assert.Equal(1.04, damaged.Apply(Raw, "new", "llama", Settings).Correction, 9);
        Assert.Equal(2, mended.Order.Count);
        Assert.Equal(1, mended.RatioByArchitecture["llama"], 3);
    }

    private static ByteSize Times(double ratio) => new((long)(Raw.Reported * ratio));
}
