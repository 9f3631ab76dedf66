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

    /// <summary>A CUDA context and the runner's own buffers, on each GPU; gguf-parser's default.</summary>
    public static readonly ByteSize ProcessOverhead = ByteSize.FromMebibytes(250);

    private static readonly ByteSize LargestTerm = new(1L << 58);

    /// <summary>Architectures that Ollama serves one sequence at a time whatever is configured (<c>load</c> in its <c>server/sched.go</c>).</summary>
    private static readonly FrozenSet<string> OneSequence = new[]
    {
        "mllama", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3next", "lfm2", "lfm2moe", "nemotron_h", "nemotron_h_moe", "nemotron_h_omni",
    }.ToFrozenSet();

    /// <summary>The estimate for a model whose metadata is known. A context of 0 is taken for Ollama's default without a GPU; resolve it
    /// with <see cref="ContextPolicy"/> before.</summary>
    /// <param name="facts">The model.</param>
    /// <param name="settings">The load.</param>
    /// <param name="onGpu">Whether all layers lie on GPUs of their own memory. Then the embedding tables stay in main memory, mapped from the file
    /// (<c>LLM_TENSOR_LAYER_INPUT</c> in llama.cpp's <c>llama-arch.cpp</c>), and Ollama does not count them (<c>MemorySize</c> in its
    /// <c>llm/llama_server.go</c>).</param>
    public static MemoryEstimate FromFacts(GgufFacts facts, LoadSettings settings, bool onGpu = false)
    {
        var layout = AttentionLayout.From(facts);
        var (context, sequences, batch) = Extent(facts, settings);
        var onHost = onGpu ? ByteSize.Max(ByteSize.Zero, ByteSize.Min(facts.HostBytes, facts.WeightBytes)) : ByteSize.Zero;
        var state = KeyValueCacheFormula.StateBytes(facts, layout, sequences);
        var graph = ComputeBufferFormula.ProjectorGraphBytes(facts.ProjectorBytes);
        return new MemoryEstimate(
            Bounded((facts.WeightBytes - onHost).Bytes),
            Bounded(KeyValueCacheFormula.CacheBytes(facts, layout, settings, context, sequences, batch) + state),
            Bounded(ComputeBufferFormula.GraphBytes(facts, layout, settings, context, batch) + ComputeBufferFormula.OutputBytes(facts, sequences) + graph),
            ProcessOverhead + Bounded(onGpu ? KeyValueCacheFormula.UnpackedLayerBytes(facts, layout, settings, context) : 0),
            Correction: 1,
            Basis: "metadata")
        {
            RecurrentState = Bounded(state),
            Projector = Bounded(facts.ProjectorBytes.Bytes),
            ProjectorGraph = Bounded(graph),
            OnHost = Bounded(onHost.Bytes),
        };
    }

    /// <summary>Tokens for each sequence, sequences, and tokens in one physical batch that a load has, whatever was asked for.</summary>
    public static (double Context, double Sequences, double Batch) Extent(GgufFacts facts, LoadSettings settings)
    {
        double context = settings.Context > 0 ? settings.Context : ContextPolicy.Resolve(facts, 0, ByteSize.Zero);
        double sequences = Sequences(facts, settings);
        return (context, sequences, Math.Min(settings.Batch > 0 ? settings.Batch : facts.IsEmbedder ? EmbeddingBatch : GenerationBatch, context * sequences));
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

    /// <summary>Between 0 and 2^58.</summary>
    public static ByteSize Bounded(double bytes) => new((long)Math.Clamp(bytes, 0, LargestTerm.Bytes));
}
