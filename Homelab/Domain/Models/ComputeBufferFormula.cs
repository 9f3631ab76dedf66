namespace Homelab.Domain.Models;

/// <summary>Bytes of the buffers in which an engine computes one batch.</summary>
internal static class ComputeBufferFormula
{
    /// <summary>Smallest a vision or audio graph was seen to take beside its projector.</summary>
    private static readonly ByteSize SmallestProjectorGraph = ByteSize.FromMebibytes(256);

    /// <summary>Bytes of one device's compute buffers.</summary>
    /// <remarks>The graph that <c>sched_reserve</c> in llama.cpp's <c>llama-context.cpp</c> prepares for a full batch, as far as its sizes follow from the
    /// metadata; <c>build_attn</c>, <c>build_ffn</c> and <c>build_moe_ffn</c> in <c>llama-graph.cpp</c> say what lives at the same time, and the factors are
    /// those with which the sizes agree that llama.cpp b10106 prints for forty architectures (<c>ObservedBuffers</c> of the tests). All in 32-bit
    /// floats a token: four states; beside them the widest of a feed-forward layer, the experts, a state-space layer and the attention. Then the mask: 2 bytes
    /// a cell with flash attention and 4 without, for caches with and without a window each.</remarks>
    /// <param name="facts">The model.</param>
    /// <param name="layout">Of the same model.</param>
    /// <param name="settings">The load.</param>
    /// <param name="context">Tokens for each sequence.</param>
    /// <param name="batch">Tokens in one physical batch.</param>
    public static double GraphBytes(GgufFacts facts, AttentionLayout layout, LoadSettings settings, double context, double batch)
    {
        double embedding = Math.Max(0, facts.EmbeddingLength);
        var isEncoder = LayerRules.KeepsNothing(facts.Architecture);
        var (full, window) = isEncoder
            ? (batch, facts.SlidingWindow > 0 ? batch : 0)
            : (layout.FullLayers > 0 ? KeyValueCacheFormula.Cells(context) : 0, layout.WindowLayers > 0 ? KeyValueCacheFormula.WindowCells(facts, context, batch) : 0);
        var mask = (settings.FlashAttention ? 2 : 4) * (full + window);
        var scores = settings.FlashAttention ? 0 : Math.Max(full, window) * Math.Max(0, facts.HeadCount);
        var widest = Math.Max(
            Math.Max(FeedForward(facts), Experts(facts, embedding)),
            Math.Max(layout.RecurrentLayers > 0 ? StateSpace(facts) : 0, Attention(facts, layout) + scores));
        var layer = 4 * (((isEncoder ? 3 : 4) * embedding) + widest + (2.0 * Math.Max(0, facts.PerLayerEmbedding) * Math.Max(0, facts.BlockCount)));
        var everyWord = facts.IsEmbedder && !isEncoder ? 4 * (embedding + Math.Max(0, facts.VocabularySize)) : 0;
        return batch * (mask + Math.Max(layer, everyWord));
    }

    /// <summary>Bytes of the words' probabilities that are handed out: one token of each sequence (<c>server_n_outputs_max</c> in llama.cpp's
    /// <c>server-context.cpp</c>). Embedders that decode reckon them for the whole batch, in the graph.</summary>
    public static double OutputBytes(GgufFacts facts, double sequences) => sequences * 4 * Math.Max(0, facts.VocabularySize);

    /// <summary>No formula is known that holds for all encoders: as large as the projector itself, at least 256 MiB and at most 1 GiB.</summary>
    public static double ProjectorGraphBytes(ByteSize projector) => projector <= ByteSize.Zero
        ? 0
        : ByteSize.Min(ByteSize.Max(projector, SmallestProjectorGraph), ByteSize.FromGibibytes(1)).Bytes;

    /// <summary>The gate, what it gates, and their product; without a gate one of them.</summary>
    private static double FeedForward(GgufFacts facts)
    {
        double width = facts.ExpertCount > 0 && !facts.HasDenseLayers ? 0 : Math.Max(0, facts.FeedForwardLength);
        return LayerRules.HasNoGate(facts.Architecture) ? width : 3 * Math.Max(width, Math.Max(0, facts.SharedExpertFeedForwardLength));
    }

    /// <summary>The same of all experts that a token goes through. What they put out takes the place of gate and gated where it is no larger than
    /// these, and else a place of its own (the allocator of ggml, <c>ggml-alloc.c</c>, reuses what is free and large enough).</summary>
    private static double Experts(GgufFacts facts, double embedding)
    {
        if (facts.ExpertCount <= 0)
        {
            return 0;
        }

        // A file that does not say how many: two, as the first such models had.
        double used = facts.ExpertsUsed > 0 ? Math.Min(facts.ExpertsUsed, facts.ExpertCount) : Math.Min(2, facts.ExpertCount);
        var width = used * Math.Max(0, facts.ExpertFeedForwardLength > 0 ? facts.ExpertFeedForwardLength : facts.FeedForwardLength);
        var outputs = used * embedding;
        return (3 * width) + (outputs > 2 * width ? outputs : 0);
    }

    /// <summary>Two and a half times the input projection (<c>build_mamba2_layer</c>, <c>build_delta_net</c>); RWKV's mixes are fifteen states wide.</summary>
    private static double StateSpace(GgufFacts facts) => facts.ReceptanceHeadLength > 0
        ? 15.0 * Math.Max(0, facts.EmbeddingLength)
        : 2.5 * ((2.0 * Math.Max(0, facts.StateSpaceInner)) + (2.0 * Math.Max(0, facts.StateSpaceGroups) * Math.Max(0, facts.StateSpaceState)) + Math.Max(0, facts.StateSpaceHeads));

    /// <summary>Queries, keys and values; of a latent cache the queries before and after they are put into its terms, and the answer in its terms.</summary>
    private static double Attention(GgufFacts facts, AttentionLayout layout)
    {
        double heads = Math.Max(0, facts.HeadCount);
        var (key, value) = KeyValueCacheFormula.HeadLengths(facts);
        return KeyValueCacheFormula.IsLatent(facts)
            ? heads * (Math.Max(0.0, facts.LatentKeyLength) + key + Math.Max(0, facts.KeyValueLoraRank))
            : (heads * key) + (layout.LargestLayerHeads * (Math.Max(key, facts.WindowKeyLength) + Math.Max(value, facts.WindowValueLength)));
    }
}
