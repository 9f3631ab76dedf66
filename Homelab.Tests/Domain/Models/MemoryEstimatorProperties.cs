using System.Collections.Immutable;
using CsCheck;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>What holds of every estimate, whatever a file claims.</summary>
public sealed class MemoryEstimatorProperties
{
    /// <summary>Enough to meet sums that overflow an int, which a hundred tries did not.</summary>
    private const int Tries = 5_000;

    private static readonly Gen<int> Count = Gen.OneOf(Gen.Int[-3, 300], Gen.OneOf(0, 1, 64, 128, 1_000_000_000, int.MaxValue, int.MinValue));

    private static readonly Gen<LoadSettings> Settings = Gen.Select(
        Gen.OneOf(Gen.Int[0, 300_000], Gen.OneOf(int.MaxValue, int.MinValue)),
        Gen.OneOf(Gen.Int[1, 16], Gen.OneOf(int.MaxValue, -1)),
        Gen.OneOf(Enum.GetValues<KeyValueCacheType>()),
        Gen.Bool,
        (context, parallel, type, flash) => new LoadSettings(context, parallel, type, flash));

    private static readonly Gen<GgufFacts> Facts = Gen.Select(
        Gen.OneOf("llama", "gemma3", "gpt-oss", "deepseek2", "bert", "qwen3next", ""),
        Gen.OneOf(Gen.Long[0, 1L << 40], Gen.OneOf(long.MaxValue, long.MinValue)),
        Count.Array[16],
        Count.Array[0, 5],
        Gen.Bool,
        (architecture, weights, n, heads, isEmbedder) => new GgufFacts
        {
            Architecture = architecture,
            WeightBytes = new(weights),
            ProjectorBytes = new(n[15]),
            BlockCount = n[0],
            HeadCount = n[1],
            KeyValueHeads = heads.ToImmutableArray(),
            KeyLength = n[2],
            ValueLength = n[3],
            EmbeddingLength = n[4],
            FeedForwardLength = n[5],
            VocabularySize = n[6],
            SlidingWindow = n[7],
            SlidingWindowPattern = n[8],
            KeyValueLoraRank = n[9],
            RopeDimensions = n[10],
            StateSpaceConvolution = n[11],
            StateSpaceInner = n[12],
            StateSpaceState = n[13],
            StateSpaceGroups = n[14],
            FullAttentionInterval = n[14],
            IsEmbedder = isEmbedder,
        });

    [Fact]
    public void No_term_is_negative_or_overflows_whatever_the_file_claims() => Gen.Select(Facts, Settings).Sample((facts, settings) =>
    {
        var estimate = MemoryEstimator.FromFacts(facts, settings);
        ByteSize[] terms = [estimate.Weights, estimate.KeyValueCache, estimate.Compute, estimate.Overhead];
        return Array.TrueForAll(terms, term => term.Bytes is >= 0 and <= 1L << 58)
            && Math.Abs(estimate.Total.Bytes - terms.Sum(term => term.Bytes)) <= estimate.Total.Bytes >> 50 // exact below a pebibyte
            && (estimate with { Correction = 1e9 }).Total.Bytes >= estimate.Total.Bytes;
    }, iter: Tries);

    [Fact]
    public void More_context_never_needs_less() => Gen.Select(Facts, Settings, Gen.Int[1, 200_000], Gen.Int[0, 200_000]).Sample((facts, settings, context, more) =>
        Total(facts, settings with { Context = context }) <= Total(facts, settings with { Context = context + more }), iter: Tries);

    [Fact]
    public void More_parallel_sequences_never_need_less() => Gen.Select(Facts, Settings, Gen.Int[1, 100], Gen.Int[0, 100]).Sample((facts, settings, parallel, more) =>
        Total(facts, settings with { Parallel = parallel }) <= Total(facts, settings with { Parallel = parallel + more }), iter: Tries);

    [Fact]
    public void Smaller_cache_elements_never_need_more() => Gen.Select(Facts, Settings).Sample((facts, settings) =>
        Total(facts, settings with { KeyValueCache = KeyValueCacheType.Q4 }) <= Total(facts, settings with { KeyValueCache = KeyValueCacheType.Q8 })
        && Total(facts, settings with { KeyValueCache = KeyValueCacheType.Q8 }) <= Total(facts, settings with { KeyValueCache = KeyValueCacheType.F16 }), iter: Tries);

    [Fact]
    public void Estimate_from_the_file_size_is_never_below_the_file() => Gen.Long.Sample(size =>
        MemoryEstimator.FromFileSize(new ByteSize(size)).Total.Bytes >= Math.Min(size, 1L << 58));

    [Fact]
    public void Latent_rank_and_rotary_dimensions_that_do_not_fit_an_int_together_need_much()
    {
        var facts = KnownModels.All["deepseek-v2:lite, latent cache"] with { KeyLength = 0, RopeDimensions = int.MaxValue };

        Assert.True(MemoryEstimator.FromFacts(facts, new LoadSettings(4_096, 1)).KeyValueCache > ByteSize.FromGibibytes(1_024));
    }

    private static long Total(GgufFacts facts, LoadSettings settings) => MemoryEstimator.FromFacts(facts, settings).Total.Bytes;
}
