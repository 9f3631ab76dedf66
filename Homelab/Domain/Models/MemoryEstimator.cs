using System.Collections.Frozen;

namespace Homelab.Domain.Models;

/// <summary>Estimates the memory of a load from a model's metadata: what the engine needs at least, with the smallest batch that it falls
/// back to when memory is short. Facts come from files of strangers: whatever they claim, the terms are between 0 and 2^58 bytes.</summary>
internal static class MemoryEstimator
{
    /// <summary>Ollama's batch for short contexts, and the one it returns to where a larger one leaves no headroom
    /// (<c>automaticGenerationBatch</c> in its <c>server/sched.go</c>).</summary>
    public const int GenerationBatch = 512;

    /// <summary>Ollama's batch for embedders (<c>DefaultEmbeddingNumBatch</c> in its <c>llm/llama_server.go</c>).</summary>
    public const int EmbeddingBatch = 2048;

    /// <summary>A CUDA context and the runner's own buffers; gguf-parser's default.</summary>
    private static readonly ByteSize ProcessOverhead = ByteSize.FromMebibytes(250);

    private static readonly ByteSize LargestTerm = new(1L << 58);

    /// <summary>Architectures that Ollama serves one sequence at a time whatever is configured (<c>load</c> in its <c>server/sched.go</c>).</summary>
    private static readonly FrozenSet<string> OneSequence = new[]
    {
        "mllama", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3next", "lfm2", "lfm2moe", "nemotron_h", "nemotron_h_moe", "nemotron_h_omni",
    }.ToFrozenSet();

    /// <summary>The estimate for a model whose metadata is known. A context of 0 is taken for Ollama's default without a GPU; resolve it
    /// with <see cref="ContextPolicy"/> before.</summary>
    public static MemoryEstimate FromFacts(GgufFacts facts, LoadSettings settings)
    {
        double context = settings.Context > 0 ? settings.Context : ContextPolicy.Resolve(facts, 0, ByteSize.Zero);
        double sequences = Sequences(facts, settings);
        var batch = Math.Min(facts.IsEmbedder ? EmbeddingBatch : GenerationBatch, context * sequences);
        return new MemoryEstimate(
            Bounded(facts.WeightBytes.Bytes),
            Bounded(KeyValueCacheFormula.Bytes(facts, settings, context, sequences, batch)),
            Bounded(ComputeBufferFormula.Bytes(facts, settings, context, batch)),
            ProcessOverhead,
            Correction: 1,
            Basis: "metadata");
    }

    /// <summary>Sequences that one replica has a cache for, whatever was asked for.</summary>
    public static int Sequences(GgufFacts facts, LoadSettings settings) =>
        facts.IsEmbedder || OneSequence.Contains(facts.Architecture) ? 1 : Math.Max(1, settings.Parallel);

    /// <summary>The estimate for a model of which only the size on disk is known: generous.</summary>
    public static MemoryEstimate FromFileSize(ByteSize fileSize)
    {
        // 2 GiB of cache is Llama-3.1-8B at 16k; a tenth of the weights follows larger models.
        var weights = Bounded(fileSize.Bytes);
        var cache = ByteSize.Max(ByteSize.FromMebibytes(512), new ByteSize(weights.Bytes / 10));
        return new MemoryEstimate(weights, cache, ByteSize.FromMebibytes(512), ProcessOverhead, Correction: 1, Basis: "file size");
    }

    private static ByteSize Bounded(double bytes) => new((long)Math.Clamp(bytes, 0, LargestTerm.Bytes));
}
