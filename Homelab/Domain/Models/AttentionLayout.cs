using System.Collections.Frozen;

namespace Homelab.Domain.Models;

/// <summary>How a model's layers remember: how many KV heads attend to the whole context, how many to a window, and how many layers keep a
/// recurrent state. Counted once, so that nothing loops over a layer count that a file claims.</summary>
/// <param name="FullHeads">KV heads summed over the layers that attend to the whole context.</param>
/// <param name="WindowHeads">KV heads summed over the layers with a sliding window.</param>
/// <param name="RecurrentLayers">Layers with a state-space (or linear attention) state.</param>
/// <param name="LargestLayerHeads">KV heads of the layer that has most.</param>
internal readonly record struct AttentionLayout(double FullHeads, double WindowHeads, double RecurrentLayers, double LargestLayerHeads)
{
    /// <summary>Every how many layers one attends to everything, where the file has a window but no pattern. From llama.cpp's
    /// <c>llama-model.cpp</c> (<c>set_swa_pattern</c>); architectures that are not named keep the whole context there in spite of the window.</summary>
    private static readonly FrozenDictionary<string, int> KnownPatterns = new Dictionary<string, int>
    {
        ["cohere2"] = 4,
        ["exaone4"] = 4,
        ["gemma2"] = 2,
        ["gemma3"] = 6,
        ["gemma3n"] = 5,
        ["gpt-oss"] = 2,
        ["gptoss"] = 2,
        ["llama4"] = 4,
        ["olmo2"] = 4,
    }.ToFrozenDictionary();

    /// <summary>Reads the layout from the metadata. Where it does not say enough, more memory rather than less.</summary>
    public static AttentionLayout From(GgufFacts facts)
    {
        if (KeepsNoCache(facts.Architecture))
        {
            return default;
        }

        var layers = Math.Max(0, facts.BlockCount);
        var heads = facts.KeyValueHeads.IsDefault ? [] : facts.KeyValueHeads;
        return heads.Length > 1
            ? EachLayer(facts, layers, heads.AsSpan())
            : AllLayers(facts, layers, heads.Length == 1 ? heads[0] : facts.HeadCount);
    }

    /// <summary>Encoders read the whole text in one batch and keep nothing of it.</summary>
    private static bool KeepsNoCache(string architecture) =>
        architecture.Contains("bert", StringComparison.OrdinalIgnoreCase) || architecture.Equals("t5encoder", StringComparison.OrdinalIgnoreCase);

    private static AttentionLayout AllLayers(GgufFacts facts, double layers, int claimedHeads)
    {
        var heads = Math.Max(0, claimedHeads);
        var hasState = facts.StateSpaceConvolution > 0 || facts.StateSpaceState > 0;
        var interval = facts.FullAttentionInterval;
        var attending = hasState && interval > 1 ? Math.Floor(layers / interval) : layers;
        var pattern = Pattern(facts);
        var full = pattern > 1 ? Math.Floor(attending / pattern) : attending;

        // Without an interval the two kinds cannot be told apart (falcon-h1 really has both in every layer).
        var recurrent = !hasState ? 0 : interval > 1 ? layers - attending : layers;
        return new AttentionLayout(full * heads, (attending - full) * heads, recurrent, heads);
    }

    private static AttentionLayout EachLayer(GgufFacts facts, int layers, ReadOnlySpan<int> headsByLayer)
    {
        var hasState = facts.StateSpaceConvolution > 0 || facts.StateSpaceState > 0;
        var pattern = Pattern(facts);
        var layout = default(AttentionLayout);
        for (var layer = 0; layer < Math.Min(layers, headsByLayer.Length); layer++)
        {
            var heads = Math.Max(0, headsByLayer[layer]);
            layout = layout with { LargestLayerHeads = Math.Max(layout.LargestLayerHeads, heads) };
            layout = heads == 0
                ? layout with { RecurrentLayers = layout.RecurrentLayers + (hasState ? 1 : 0) }
                : pattern > 1 && (layer + 1) % pattern != 0
                    ? layout with { WindowHeads = layout.WindowHeads + heads }
                    : layout with { FullHeads = layout.FullHeads + heads };
        }

        // A list shorter than the model: the rest is taken for full attention with the largest of the heads seen.
        return layout with { FullHeads = layout.FullHeads + (Math.Max(0, layers - headsByLayer.Length) * layout.LargestLayerHeads) };
    }

    private static int Pattern(GgufFacts facts) =>
        facts.SlidingWindow <= 0 ? 0 :
        facts.SlidingWindowPattern > 0 ? facts.SlidingWindowPattern :
        KnownPatterns.GetValueOrDefault(facts.Architecture);
}
