using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>Metadata of real models, as their GGUF files state it, and of the tiny ones that the recorded exchanges were made with.</summary>
internal static class KnownModels
{
    /// <summary>By the name that the tests use.</summary>
    public static IReadOnlyDictionary<string, GgufFacts> All { get; } = new Dictionary<string, GgufFacts>
    {
        ["llama3.1:8b"] = Dense("llama", 4.92, layers: 32, heads: 32, kv: 8, embedding: 4096, feedForward: 14336, vocabulary: 128256, trained: 131072),
        ["mistral:7b"] = Dense("llama", 4.37, layers: 32, heads: 32, kv: 8, embedding: 4096, feedForward: 14336, vocabulary: 32768, trained: 32768) with { SlidingWindow = 4096 },
        ["qwen2.5:7b"] = Dense("qwen2", 4.68, layers: 28, heads: 28, kv: 4, embedding: 3584, feedForward: 18944, vocabulary: 152064, trained: 131072),
        ["qwen2.5:72b"] = Dense("qwen2", 47.4, layers: 80, heads: 64, kv: 8, embedding: 8192, feedForward: 29568, vocabulary: 152064, trained: 131072),
        ["qwen3:0.6b"] = Dense("qwen3", 0.52, layers: 28, heads: 16, kv: 8, embedding: 1024, feedForward: 3072, vocabulary: 151936, trained: 40960) with { KeyLength = 128, ValueLength = 128 },
        ["qwen3:8b"] = Dense("qwen3", 5.2, layers: 36, heads: 32, kv: 8, embedding: 4096, feedForward: 12288, vocabulary: 151936, trained: 40960) with { KeyLength = 128, ValueLength = 128 },
        ["qwen3:30b-a3b"] = Dense("qwen3moe", 18.6, layers: 48, heads: 32, kv: 4, embedding: 2048, feedForward: 6144, vocabulary: 151936, trained: 40960) with { KeyLength = 128, ValueLength = 128, ExpertCount = 128 },
        ["gemma3:4b"] = Dense("gemma3", 3.3, layers: 34, heads: 8, kv: 4, embedding: 2560, feedForward: 10240, vocabulary: 262144, trained: 131072) with { KeyLength = 256, ValueLength = 256, SlidingWindow = 1024, ProjectorBytes = ByteSize.FromMebibytes(812) },
        ["gemma3:12b"] = Dense("gemma3", 8.1, layers: 48, heads: 16, kv: 8, embedding: 3840, feedForward: 15360, vocabulary: 262144, trained: 131072) with { KeyLength = 256, ValueLength = 256, SlidingWindow = 1024 },
        ["gemma3:27b"] = Dense("gemma3", 17.4, layers: 62, heads: 32, kv: 16, embedding: 5376, feedForward: 21504, vocabulary: 262144, trained: 131072) with { KeyLength = 128, ValueLength = 128, SlidingWindow = 1024, SlidingWindowPattern = 6 },
        ["gpt-oss:20b"] = Dense("gptoss", 13.8, layers: 24, heads: 64, kv: 8, embedding: 2880, feedForward: 2880, vocabulary: 201088, trained: 131072) with { KeyLength = 64, ValueLength = 64, SlidingWindow = 128, ExpertCount = 32 },
        ["phi4:14b"] = Dense("phi3", 9.05, layers: 40, heads: 40, kv: 10, embedding: 5120, feedForward: 17920, vocabulary: 100352, trained: 16384) with { SlidingWindow = 131072 },
        ["deepseek-v2:lite, latent cache"] = Dense("deepseek2", 10.4, layers: 27, heads: 16, kv: 1, embedding: 2048, feedForward: 10944, vocabulary: 102400, trained: 163840) with { KeyLength = 576, ValueLength = 512, KeyValueLoraRank = 512, RopeDimensions = 64, ExpertCount = 64 },
        ["deepseek-v2:lite, older file"] = Dense("deepseek2", 8.9, layers: 27, heads: 16, kv: 16, embedding: 2048, feedForward: 10944, vocabulary: 102400, trained: 163840) with { KeyLength = 192, ValueLength = 128, KeyValueLoraRank = 512, RopeDimensions = 64, ExpertCount = 64 },
        ["nomic-embed-text"] = Dense("nomic-bert", 0.27, layers: 12, heads: 12, kv: 12, embedding: 768, feedForward: 3072, vocabulary: 30522, trained: 2048) with { IsEmbedder = true },
        ["falcon-h1:7b"] = Dense("falcon-h1", 4.6, layers: 44, heads: 12, kv: 2, embedding: 3072, feedForward: 12288, vocabulary: 130048, trained: 262144) with { KeyLength = 128, ValueLength = 128, StateSpaceConvolution = 4, StateSpaceInner = 3072, StateSpaceState = 256, StateSpaceGroups = 1 },
        ["granite4:tiny-h"] = Dense("granitehybrid", 4.2, layers: 40, heads: 12, kv: 4, embedding: 1536, feedForward: 512, vocabulary: 100352, trained: 1048576) with { KeyValueHeads = [.. Enumerable.Range(0, 40).Select(layer => layer % 10 == 5 ? 4 : 0)], StateSpaceConvolution = 4, StateSpaceInner = 3072, StateSpaceState = 128, StateSpaceGroups = 1, ExpertCount = 64 },
        ["mamba-codestral:7b"] = Dense("mamba2", 4.4, layers: 64, heads: 0, kv: 0, embedding: 4096, feedForward: 0, vocabulary: 32768, trained: 1048576) with { StateSpaceConvolution = 4, StateSpaceInner = 8192, StateSpaceState = 128, StateSpaceGroups = 8 },
        ["qwen3-next:80b"] = Dense("qwen3next", 50, layers: 48, heads: 16, kv: 2, embedding: 2048, feedForward: 5120, vocabulary: 151936, trained: 262144) with { KeyLength = 256, ValueLength = 256, FullAttentionInterval = 4, StateSpaceConvolution = 4, StateSpaceInner = 4096, StateSpaceState = 128, StateSpaceGroups = 16, ExpertCount = 512 },
    };

    /// <summary>What <c>/api/show</c> of the recorded <c>tiny</c> says.</summary>
    public static GgufFacts Tiny { get; } = Dense("llama", 0, layers: 2, heads: 4, kv: 2, embedding: 64, feedForward: 128, vocabulary: 291, trained: 2048) with { WeightBytes = new(452_345) };

    /// <summary>The recorded <c>big</c>; nobody asked to show it, these shapes follow from its parameter count and sizes.</summary>
    public static GgufFacts Big { get; } = Dense("llama", 0, layers: 12, heads: 16, kv: 8, embedding: 1024, feedForward: 2048, vocabulary: 291, trained: 4_000_000) with { WeightBytes = new(455_483_580) };

    private static GgufFacts Dense(string architecture, double gigabytes, int layers, int heads, int kv, int embedding, int feedForward, int vocabulary, int trained) => new()
    {
        Architecture = architecture,
        WeightBytes = new((long)(gigabytes * 1e9)),
        BlockCount = layers,
        HeadCount = heads,
        KeyValueHeads = ImmutableArray.Create(kv),
        EmbeddingLength = embedding,
        FeedForwardLength = feedForward,
        VocabularySize = vocabulary,
        TrainedContext = trained,
    };
}
