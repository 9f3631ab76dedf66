namespace Homelab.Domain.Models;

/// <summary>Bytes that a load keeps for the tokens it has seen: the KV cache by layer, and the recurrent state of state-space layers.</summary>
internal static class KeyValueCacheFormula
{
    /// <summary>Bytes over all layers and sequences.</summary>
    /// <remarks>Each attention layer: <c>cells * n_head_kv * (key_length * b_k + value_length * b_v)</c>, gguf-parser's estimate and
    /// <c>llama_kv_cache</c> in llama.cpp. A layer with a sliding window has <c>min(context, pad(window + n_ubatch, 256))</c> cells a sequence
    /// (<c>llama-kv-cache-iswa.cpp</c>; Ollama passes <c>-np</c>, so the cache is not unified and every sequence has its own cells).
    /// Each recurrent layer: <c>((conv - 1) * (inner + 2 * groups * state) + state * inner) * 4</c> a sequence, whatever the context
    /// (<c>llama_hparams::n_embd_r</c> and <c>n_embd_s</c>, 32-bit floats).</remarks>
    /// <param name="facts">The model.</param>
    /// <param name="settings">The load; its element type counts for values only with flash attention, llama.cpp refuses it without.</param>
    /// <param name="context">Tokens for each sequence, not padded.</param>
    /// <param name="sequences">Parallel sequences.</param>
    /// <param name="batch">Tokens in one physical batch.</param>
    public static double Bytes(GgufFacts facts, LoadSettings settings, double context, double sequences, double batch)
    {
        var layout = AttentionLayout.From(facts);
        var cells = Cells(context, settings.FlashAttention);
        var windowCells = Math.Min(cells, Pad(Math.Max(0, facts.SlidingWindow) + batch, 256));
        var attention = ((cells * layout.FullHeads) + (windowCells * layout.WindowHeads)) * BytesAHead(facts, settings);
        return sequences * (attention + (layout.RecurrentLayers * StateBytes(facts)));
    }

    /// <summary>Bytes of the keys and values of one layer for one sequence's whole context, in half precision.</summary>
    public static double LargestLayerBytes(GgufFacts facts, LoadSettings settings, double context) =>
        Cells(context, settings.FlashAttention) * AttentionLayout.From(facts).LargestLayerHeads
            * BytesAHead(facts, settings with { KeyValueCache = KeyValueCacheType.F16 });

    /// <summary>Cells for a context: llama.cpp rounds up to 256 with flash attention and to 32 without.</summary>
    public static double Cells(double context, bool flashAttention) => Pad(context, flashAttention ? 256 : 32);

    /// <summary>Bytes an element: q8_0 stores 32 values in 34 bytes, q4_0 in 18 (<c>ggml-common.h</c>).</summary>
    public static double ElementBytes(KeyValueCacheType type) => type switch
    {
        KeyValueCacheType.Q8 => 34.0 / 32,
        KeyValueCacheType.Q4 => 18.0 / 32,
        _ => 2,
    };

    private static double BytesAHead(GgufFacts facts, LoadSettings settings)
    {
        var keys = ElementBytes(settings.KeyValueCache);
        var values = settings.FlashAttention ? keys : ElementBytes(KeyValueCacheType.F16);
        if (facts.KeyValueLoraRank > 0 && !facts.KeyValueHeads.IsDefaultOrEmpty && facts.KeyValueHeads.Max() <= 1)
        {
            // MLA as llama.cpp converts it today: one latent head, and the values are a view of the keys. Files of the older
            // conversion state all their heads and are cached in full.
            return ((double)facts.KeyValueLoraRank + Math.Max(0, facts.RopeDimensions)) * keys;
        }

        var head = facts.HeadCount > 0 ? Math.Max(0, facts.EmbeddingLength) / (double)facts.HeadCount : 0;
        return ((facts.KeyLength > 0 ? facts.KeyLength : head) * keys) + ((facts.ValueLength > 0 ? facts.ValueLength : head) * values);
    }

    private static double StateBytes(GgufFacts facts)
    {
        double inner = Math.Max(0, facts.StateSpaceInner);
        double state = Math.Max(0, facts.StateSpaceState);
        double groups = Math.Max(0, facts.StateSpaceGroups);
        double convolution = Math.Max(0, facts.StateSpaceConvolution - 1.0);
        return ((convolution * (inner + (2 * groups * state))) + (state * inner)) * 4;
    }

    private static double Pad(double tokens, double step) => Math.Ceiling(tokens / step) * step;
}
