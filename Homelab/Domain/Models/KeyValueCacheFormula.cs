namespace Homelab.Domain.Models;

/// <summary>Bytes that a load keeps for the tokens it has seen: the KV cache by layer, and the recurrent state of state-space layers.</summary>
internal static class KeyValueCacheFormula
{
    /// <summary>Bytes of the caches over all layers and sequences.</summary>
    /// <remarks>Each attention layer: <c>cells * n_head_kv * (key_length * b_k + value_length * b_v)</c> (the constructor of <c>llama_kv_cache</c> in llama.cpp's
    /// <c>llama-kv-cache.cpp</c>), for values without flash attention as much as the layer with most takes. A layer with a sliding window has
    /// <c>min(context, pad(window + n_ubatch, 256))</c> cells a sequence (<c>llama-kv-cache-iswa.cpp</c>; Ollama passes <c>-np</c>, so the cache is not unified and
    /// every sequence has its own cells). A latent cache (MLA) has keys only. Where an indexer chooses what is attended to, its keys have a cache of one
    /// head a layer (<c>llama-kv-cache-dsa.cpp</c>).</remarks>
    /// <param name="facts">The model.</param>
    /// <param name="layout">Of the same model, or of some of its layers.</param>
    /// <param name="settings">The load; its element type counts for values only with flash attention, llama.cpp refuses it without.</param>
    /// <param name="context">Tokens for each sequence, not padded.</param>
    /// <param name="sequences">Parallel sequences.</param>
    /// <param name="batch">Tokens in one physical batch.</param>
    public static double CacheBytes(GgufFacts facts, AttentionLayout layout, LoadSettings settings, double context, double sequences, double batch)
    {
        var cells = Cells(context);
        var windowCells = WindowCells(facts, context, batch);
        var keyBytes = ElementBytes(settings.KeyValueCache);
        var (key, value) = HeadLengths(facts);
        var (windowKey, windowValue) = (facts.WindowKeyLength > 0 ? facts.WindowKeyLength : key, facts.WindowValueLength > 0 ? facts.WindowValueLength : value);
        var keys = (cells * layout.FullHeads * key) + (windowCells * layout.WindowHeads * windowKey);
        var values = settings.FlashAttention
            ? ((cells * layout.FullHeads * value) + (windowCells * layout.WindowHeads * windowValue)) * keyBytes
            : layout.LargestLayerHeads * Math.Max(layout.FullHeads > 0 ? value : 0, layout.WindowHeads > 0 ? windowValue : 0)
                * ((cells * layout.FullLayers) + (windowCells * layout.WindowLayers)) * ElementBytes(KeyValueCacheType.F16);
        var indexer = facts.Architecture == "deepseek32" ? cells * layout.FullLayers * Math.Max(0, facts.IndexerKeyLength) * keyBytes : 0;
        return sequences * ((keys * keyBytes) + (IsLatent(facts) ? 0 : values) + indexer);
    }

    /// <summary>Bytes of the recurrent state over all layers and sequences, whatever the context: 32-bit floats (<c>llama_hparams::n_embd_r</c> and <c>n_embd_s</c> in
    /// llama.cpp's <c>llama-hparams.cpp</c>, <c>llama-memory-recurrent.cpp</c>).</summary>
    public static double StateBytes(GgufFacts facts, AttentionLayout layout, double sequences) =>
        layout.RecurrentLayers > 0 ? sequences * layout.RecurrentLayers * StateElements(facts) * 4 : 0;

    /// <summary>Bytes of one layer's keys and values for one sequence in half precision: what a GPU unpacks a quantised cache into while it reads it
    /// (<c>launch_fattn</c> in llama.cpp's <c>ggml-cuda/fattn-common.cuh</c>). Taken from the driver and not from a buffer, so no engine reports it.</summary>
    public static double UnpackedLayerBytes(GgufFacts facts, AttentionLayout layout, LoadSettings settings, double context)
    {
        var (key, value) = HeadLengths(facts);
        return settings.KeyValueCache == KeyValueCacheType.F16 ? 0 : Cells(context) * layout.LargestLayerHeads * (key + (IsLatent(facts) ? 0 : value)) * 2;
    }

    /// <summary>Cells for a context: llama.cpp rounds up to 256 (the constructor of <c>llama_context</c>).</summary>
    public static double Cells(double context) => Pad(context, 256);

    /// <summary>Cells of a layer with a window.</summary>
    public static double WindowCells(GgufFacts facts, double context, double batch) => Math.Min(Cells(context), Pad(LayerRules.Window(facts) + batch, 256));

    /// <summary>Bytes an element: q8_0 stores 32 values in 34 bytes, q4_0 in 18 (<c>ggml-common.h</c>).</summary>
    public static double ElementBytes(KeyValueCacheType type) => type switch
    {
        KeyValueCacheType.Q8 => 34.0 / 32,
        KeyValueCacheType.Q4 => 18.0 / 32,
        _ => 2,
    };

    /// <summary>Elements of one head's key and value in a layer that sees the whole context.</summary>
    public static (double Key, double Value) HeadLengths(GgufFacts facts)
    {
        var head = facts.HeadCount > 0 ? Math.Floor(Math.Max(0, facts.EmbeddingLength) / (double)facts.HeadCount) : 0;
        return (facts.KeyLength > 0 ? facts.KeyLength : IsLatent(facts) ? (double)facts.KeyValueLoraRank + Math.Max(0, facts.RopeDimensions) : head,
            facts.ValueLength > 0 ? facts.ValueLength : head);
    }

    /// <summary>Whether one latent stands for the keys and values of all heads. A file converted for that states both lengths; those of the older conversion are cached in full.</summary>
    public static bool IsLatent(GgufFacts facts) =>
        (facts.LatentKeyLength > 0 && facts.LatentValueLength > 0)
        || (facts.KeyValueLoraRank > 0 && !facts.KeyValueHeads.IsDefaultOrEmpty && facts.KeyValueHeads.Max() <= 1);

    private static double StateElements(GgufFacts facts)
    {
        double embedding = Math.Max(0, facts.EmbeddingLength);
        double convolution = Math.Max(0, facts.StateSpaceConvolution - 1.0);
        if (facts.ReceptanceHeadLength > 0)
        {
            return embedding * ((facts.TokenShifts > 0 ? facts.TokenShifts : 2) + (double)facts.ReceptanceHeadLength);
        }

        if (facts.ShortConvolution > 0)
        {
            return embedding * (facts.ShortConvolution - 1.0);
        }

        double heads = Math.Max(0, facts.HeadCount);
        double delta = Math.Max(0, facts.DeltaHeadLength);
        if (delta > 0)
        {
            return heads * delta * ((3 * (facts.StateSpaceConvolution > 0 ? convolution : 3)) + delta);
        }

        double inner = Math.Max(0, facts.StateSpaceInner);
        double state = Math.Max(0, facts.StateSpaceState);
        double groups = Math.Max(0, facts.StateSpaceGroups);
        return (convolution * (inner + (2 * groups * state))) + (state * inner);
    }

    private static double Pad(double tokens, double step) => Math.Ceiling(tokens / step) * step;
}
