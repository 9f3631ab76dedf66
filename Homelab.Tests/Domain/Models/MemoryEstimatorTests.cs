using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>The estimate against figures worked out by hand and against sizes that real Ollama reported.</summary>
public sealed class MemoryEstimatorTests
{
    private const long Mebi = 1L << 20;

    /// <summary>Layers x KV heads x (key + value length) x 2 bytes x context, by hand; window layers have pad(window + 512, 256) cells,
    /// recurrent ones ((conv - 1) x (inner + 2 x groups x state) + state x inner) x 4 bytes.</summary>
    [Theory]
    [InlineData("llama3.1:8b", 32_768, 4_096 * Mebi)]
    [InlineData("llama3.1:8b", 131_072, 16_384 * Mebi)]
    [InlineData("mistral:7b", 32_768, 4_096 * Mebi)] // its window is not used: the llama architecture has none in llama.cpp
    [InlineData("qwen2.5:7b", 131_072, 7_168 * Mebi)]
    [InlineData("qwen2.5:72b", 32_768, 10_240 * Mebi)]
    [InlineData("qwen3:0.6b", 32_768, 3_584 * Mebi)] // key length 128, but 1024 / 16 = 64
    [InlineData("qwen3:8b", 32_768, 4_608 * Mebi)]
    [InlineData("qwen3:30b-a3b", 32_768, 3_072 * Mebi)]
    [InlineData("gemma3:4b", 8_192, (160 + 174) * Mebi)] // 5 full layers, 29 of 1536 cells
    [InlineData("gemma3:12b", 32_768, (2_048 + 480) * Mebi)] // 8 full, 40 of 1536
    [InlineData("gemma3:27b", 32_768, (2_560 + 624) * Mebi)] // 10 full, 52 of 1536
    [InlineData("gpt-oss:20b", 131_072, (3_072 + 18) * Mebi)] // 12 full, 12 of 768
    [InlineData("phi4:14b", 16_384, 3_200 * Mebi)]
    [InlineData("deepseek-v2:lite, latent cache", 32_768, 972 * Mebi)] // 27 x 576 x 2, no values
    [InlineData("deepseek-v2:lite, older file", 32_768, 8_640 * Mebi)] // 27 x 16 x 320 x 2
    [InlineData("nomic-embed-text", 2_048, 0)]
    [InlineData("falcon-h1:7b", 8_192, (352 * Mebi) + (44 * 3_188_736L))] // attention and state in every layer
    [InlineData("granite4:tiny-h", 131_072, (1_024 * Mebi) + (36 * 1_612_800L))] // 4 layers of 40 have attention
    [InlineData("mamba-codestral:7b", 131_072, 64 * 4_317_184L)]
    [InlineData("qwen3-next:80b", 262_144, (6_144 * Mebi) + (36 * 2_195_456L))] // every fourth layer has attention
    public void Cache_of_a_real_architecture_is_what_hand_calculation_gives(string model, int context, long expected) =>
        Assert.Equal(expected, Estimate(KnownModels.All[model], context).KeyValueCache.Bytes);

    /// <summary>Sizes in <c>/api/ps</c> of Ollama 0.32.15 without a GPU (recorded exchanges 031, 128, 130, 197; 098; 175, 162), which count the
    /// buffers but not the process. 0.32.1 reported the same.</summary>
    [Theory]
    [InlineData("tiny", 256, 1_163_917)]
    [InlineData("tiny", 512, 2_285_894)]
    [InlineData("tiny", 1_024, 2_810_182)]
    [InlineData("tiny", 2_048, 4_120_902)]
    [InlineData("tinyembed", 2_048, 13_610_515)]
    [InlineData("big", 2_048, 526_783_610)]
    [InlineData("big", 4_096, 579_212_410)]
    public void Recorded_size_is_estimated_at_most_an_eighth_too_high_and_never_too_low(string model, int context, long recorded)
    {
        var facts = model == "big" ? KnownModels.Big : KnownModels.Tiny with { IsEmbedder = model == "tinyembed" };

        Assert.InRange(Estimate(facts, context).Reported / recorded, 1.0, 1.125);
    }

    [Fact]
    public void Without_flash_attention_the_score_matrix_of_qwen2_5_7b_at_131072_takes_7_GiB()
    {
        var facts = KnownModels.All["qwen2.5:7b"];
        var scores = 4L * 131_072 * 512 * 28;

        var estimate = MemoryEstimator.FromFacts(facts, new LoadSettings(131_072, 1, FlashAttention: false));

        Assert.Equal(7_168 * Mebi, scores);
        Assert.InRange(estimate.Compute.Bytes, scores, scores * 1.05); // and the mask, 4 bytes a cell and token
        Assert.InRange(estimate.Total.Bytes / (double)(1L << 30), 18.0, 19.5); // gguf-parser's README: 18.9 GiB
    }

    [Fact]
    public void With_flash_attention_the_buffers_of_llama_3_1_8b_take_the_124_MiB_that_the_runner_of_ollama_prints() =>
        Assert.InRange(Estimate(KnownModels.All["llama3.1:8b"], 8_192).Compute.Bytes / (double)Mebi, 124, 125);

    [Theory]
    [InlineData("F16", 2.0)]
    [InlineData("Q8", 1.0625)]
    [InlineData("Q4", 0.5625)]
    public void Cache_type_scales_the_cache(string type, double bytesAnElement)
    {
        var settings = new LoadSettings(32_768, 1, Enum.Parse<KeyValueCacheType>(type));

        var cache = MemoryEstimator.FromFacts(KnownModels.All["llama3.1:8b"], settings).KeyValueCache;

        Assert.Equal((long)(4_096 * Mebi * bytesAnElement / 2), cache.Bytes);
    }

    [Fact]
    public void Quantised_values_need_flash_attention()
    {
        var settings = new LoadSettings(32_768, 1, KeyValueCacheType.Q8, FlashAttention: false);

        var cache = MemoryEstimator.FromFacts(KnownModels.All["llama3.1:8b"], settings).KeyValueCache;

        Assert.Equal((long)(2_048 * Mebi * 1.53125), cache.Bytes);
    }

    [Theory]
    [InlineData(true, 1_024)]
    [InlineData(false, 1_024)]
    [InlineData(true, 1_000)] // padded to 1024
    [InlineData(false, 993)]
    public void Context_is_padded_to_256_with_flash_attention_and_to_32_without(bool flashAttention, int context)
    {
        var facts = KnownModels.All["llama3.1:8b"];

        var estimate = MemoryEstimator.FromFacts(facts, new LoadSettings(context, 1, FlashAttention: flashAttention));

        Assert.Equal(1_024 * 128 * 1_024, estimate.KeyValueCache.Bytes);
    }

    [Fact]
    public void Each_parallel_sequence_has_its_own_cache()
    {
        var one = MemoryEstimator.FromFacts(KnownModels.All["gemma3:12b"], new LoadSettings(32_768, 1)).KeyValueCache.Bytes;

        Assert.Equal(4 * one, MemoryEstimator.FromFacts(KnownModels.All["gemma3:12b"], new LoadSettings(32_768, 4)).KeyValueCache.Bytes);
    }

    [Theory]
    [InlineData("nomic-embed-text")]
    [InlineData("qwen3-next:80b")]
    public void Model_that_the_engine_serves_one_sequence_at_a_time_needs_no_more_for_parallel_requests(string model) => Assert.Equal(
        MemoryEstimator.FromFacts(KnownModels.All[model], new LoadSettings(2_048, 1)),
        MemoryEstimator.FromFacts(KnownModels.All[model], new LoadSettings(2_048, 8)));

    [Fact]
    public void Projector_costs_its_file_and_a_graph()
    {
        var facts = KnownModels.All["gemma3:4b"];

        var without = Estimate(facts with { ProjectorBytes = ByteSize.Zero }, 8_192);

        Assert.Equal(facts.ProjectorBytes, Estimate(facts, 8_192).Compute - without.Compute);
    }

    [Fact]
    public void Missing_head_counts_are_taken_for_as_many_as_there_are_heads()
    {
        var facts = KnownModels.All["llama3.1:8b"] with { KeyValueHeads = [] };

        Assert.Equal(16_384 * Mebi, Estimate(facts, 32_768).KeyValueCache.Bytes);
    }

    [Fact]
    public void Context_left_to_the_engine_is_estimated_as_its_default() =>
        Assert.Equal(Estimate(KnownModels.All["llama3.1:8b"], 4_096), Estimate(KnownModels.All["llama3.1:8b"], 0));

    [Fact]
    public void Metadata_and_file_size_say_what_they_are()
    {
        Assert.Equal("metadata", Estimate(KnownModels.Tiny, 2_048).Basis);
        Assert.Equal("file size", MemoryEstimator.FromFileSize(ByteSize.FromGibibytes(5)).Basis);
        Assert.True(MemoryEstimator.FromFileSize(ByteSize.FromGibibytes(5)).Total > ByteSize.FromGibibytes(6));
    }

    private static MemoryEstimate Estimate(GgufFacts facts, int context) => MemoryEstimator.FromFacts(facts, new LoadSettings(context, 1));
}
