using System.Runtime.CompilerServices;

namespace Homelab.Domain.Models;

/// <summary>How a model's layers remember: how many KV heads attend to the whole context, how many to a window, and how many layers keep a
/// recurrent state.</summary>
/// <param name="FullHeads">KV heads summed over the layers that attend to the whole context.</param>
/// <param name="WindowHeads">KV heads summed over the layers with a sliding window.</param>
/// <param name="RecurrentLayers">Layers with a state-space (or linear attention) state.</param>
/// <param name="LargestLayerHeads">KV heads of the layer that has most.</param>
/// <param name="FullLayers">Layers that attend to the whole context.</param>
/// <param name="WindowLayers">Layers with a sliding window.</param>
internal readonly record struct AttentionLayout(double FullHeads, double WindowHeads, double RecurrentLayers, double LargestLayerHeads, double FullLayers, double WindowLayers)
{
    /// <summary>llama.cpp has arrays for 512 (<c>LLAMA_MAX_LAYERS</c>); what a file claims beyond these is reckoned and not looped over.</summary>
    private const int MostLayers = 1024;

    // Every estimate asks, and a node makes one for each of its models with every heartbeat.
    private static readonly ConditionalWeakTable<GgufFacts, StrongBox<AttentionLayout>> Known = [];

    /// <summary>Reads the layout from the metadata. Where it does not say enough, more memory rather than less.</summary>
    public static AttentionLayout From(GgufFacts facts) => Known.GetValue(facts, static f => new StrongBox<AttentionLayout>(From(f, 0, Math.Max(0, f.BlockCount)))).Value;

    /// <summary>Of some of the layers, as a device holds them.</summary>
    /// <param name="facts">The model.</param>
    /// <param name="start">The first layer, from 0.</param>
    /// <param name="end">The one behind the last.</param>
    public static AttentionLayout From(GgufFacts facts, int start, int end)
    {
        if (LayerRules.KeepsNothing(facts.Architecture))
        {
            return default;
        }

        var layers = Math.Max(0, facts.BlockCount);
        var heads = facts.KeyValueHeads.IsDefault ? [] : facts.KeyValueHeads;
        var most = heads.Length > 0 ? Math.Max(0, heads.Max()) : Math.Max(0, facts.HeadCount);
        var layout = new AttentionLayout { LargestLayerHeads = LayerRules.IsRecurrent(facts.Architecture) ? 0 : most };
        for (var layer = start; layer < Math.Min(end, MostLayers); layer++)
        {
            // A list shorter than the model: the rest is taken to have the most heads seen.
            layout = layout.With(facts, layer, layers, heads.Length > 1 && layer < heads.Length ? Math.Max(0, heads[layer]) : most);
        }

        var beyond = Math.Max(0.0, end - (double)Math.Max(start, MostLayers));
        var (_, hasState) = LayerRules.Keeps(facts, MostLayers - 1, MostLayers, most);
        return layout with
        {
            FullHeads = layout.FullHeads + (beyond * layout.LargestLayerHeads),
            FullLayers = layout.FullLayers + beyond,
            RecurrentLayers = layout.RecurrentLayers + (hasState ? beyond : 0),
        };
    }

    private AttentionLayout With(GgufFacts facts, int layer, int layers, int heads)
    {
        var (attends, hasState) = LayerRules.Keeps(facts, layer, layers, heads);
        var layout = this with { RecurrentLayers = RecurrentLayers + (hasState ? 1 : 0) };
        return !attends ? layout
            : LayerRules.IsWindowed(facts, layer) ? layout with { WindowHeads = layout.WindowHeads + heads, WindowLayers = layout.WindowLayers + 1 }
            : layout with { FullHeads = layout.FullHeads + heads, FullLayers = layout.FullLayers + 1 };
    }
}
