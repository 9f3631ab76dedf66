using System.Collections.Frozen;

namespace Homelab.Domain.Models;

/// <summary>Which layers of an architecture have a window, a state, or no memory at all, where the file does not say. From the <c>load_arch_hparams</c> of each
/// architecture in llama.cpp's <c>src/models/*.cpp</c> and from <c>llama_model::create_memory</c> in its <c>llama-model.cpp</c>.</summary>
internal static class LayerRules
{
    /// <summary>Layers of gemma3n from the first on that have a cache; the others use one of theirs (<c>n_layer_kv_from_start</c>).</summary>
    public const int CachingLayersOfGemma3n = 20;

    /// <summary>Every how many layers one attends in qwen3next and its kin, where the file does not say.</summary>
    public const int UsualInterval = 4;

    // Only its model of so many layers has windows.
    private const int WindowedLayersOfExaone4 = 64;

    /// <summary>Every how many layers one attends to everything, where the file has a window but no pattern; architectures that are not named keep
    /// the whole context there in spite of the window.</summary>
    private static readonly FrozenDictionary<string, int> Periods = new Dictionary<string, int>
    {
        ["afmoe"] = 4,
        ["cohere2"] = 4,
        ["cohere2moe"] = 4,
        ["exaone-moe"] = 4,
        ["exaone4"] = 4,
        ["gemma2"] = 2,
        ["gemma3"] = 6,
        ["gemma3n"] = 5,
        ["gpt-oss"] = 2,
        ["gptoss"] = 2,
        ["laguna"] = 4,
        ["llama4"] = 4,
        ["mellum"] = 4,
        ["olmo2"] = 4,
        ["plamo3"] = 8,
        ["smallthinker"] = 4,
    }.ToFrozenDictionary();

    /// <summary>Those of them in which the first layer of a period attends to everything and not the last.</summary>
    private static readonly FrozenSet<string> DenseFirst = new[] { "cohere2moe", "laguna", "smallthinker" }.ToFrozenSet();

    /// <summary>Windows that hold whatever the file says of them, or where it says nothing.</summary>
    private static readonly FrozenDictionary<string, int> Windows = new Dictionary<string, int> { ["gemma2"] = 4096, ["llama4"] = 8192 }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Recurrent = new[] { "mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7" }.ToFrozenSet();

    /// <summary>Diffusion models read the whole text anew at each step; encoders (<see cref="KeepsNothing"/>) once.</summary>
    private static readonly FrozenSet<string> Memoryless = new[] { "gemma-embedding", "gemma_embedding", "dream", "llada", "llada-moe", "rnd1", "t5encoder", "wavtokenizer-dec" }.ToFrozenSet();

    private static readonly FrozenSet<string> WithInterval = new[] { "qwen3next", "qwen35", "qwen35moe" }.ToFrozenSet();

    /// <summary>Feed-forward layers of one matrix up and one down, as their <c>build_ffn</c> calls say.</summary>
    private static readonly FrozenSet<string> WithoutGate = new[]
    {
        "bert", "bloom", "codeshell", "falcon", "gpt2", "gptj", "gptneox", "jais", "jina-bert-v2", "mpt", "nemotron", "nemotron_h", "phi2", "plm", "starcoder", "starcoder2", "arcee", "apertus",
    }.ToFrozenSet();

    /// <summary>Whether feed-forward layers have no gate.</summary>
    public static bool HasNoGate(string architecture) => WithoutGate.Contains(architecture);

    /// <summary>Whether a model reads the whole text in one batch and keeps nothing of it.</summary>
    public static bool KeepsNothing(string architecture) =>
        Memoryless.Contains(architecture) || architecture.Contains("bert", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether no layer attends at all.</summary>
    public static bool IsRecurrent(string architecture) => Recurrent.Contains(architecture);

    /// <summary>Tokens of the window; 0 without one.</summary>
    public static int Window(GgufFacts facts) =>
        facts.Architecture == "exaone4" && facts.BlockCount != WindowedLayersOfExaone4 ? 0
        : facts.Architecture == "llama4" && facts.SlidingWindow >= 0 ? Windows["llama4"]
        : facts.SlidingWindow > 0 ? facts.SlidingWindow
        : Windows.GetValueOrDefault(facts.Architecture);

    /// <summary>Whether a layer only sees the window.</summary>
    public static bool IsWindowed(GgufFacts facts, int layer)
    {
        if (Window(facts) <= 0)
        {
            return false;
        }

        if (!facts.WindowedLayers.IsDefaultOrEmpty)
        {
            return layer < facts.WindowedLayers.Length && facts.WindowedLayers[layer];
        }

        if (facts.Architecture is "lfm2" or "lfm2moe" or "deepseek4")
        {
            return true;
        }

        var period = facts.SlidingWindowPattern > 0 ? facts.SlidingWindowPattern : Periods.GetValueOrDefault(facts.Architecture);
        return period > 1 && (DenseFirst.Contains(facts.Architecture) ? layer % period != 0 : layer % period < period - 1);
    }

    /// <summary>What a layer keeps of the tokens.</summary>
    /// <param name="facts">The model.</param>
    /// <param name="layer">From 0.</param>
    /// <param name="layers">All of them, those that only guess further tokens included.</param>
    /// <param name="heads">KV heads of this layer.</param>
    public static (bool Attends, bool HasState) Keeps(GgufFacts facts, int layer, int layers, int heads)
    {
        var own = layers - Math.Clamp(facts.NextLayers, 0, layers);
        var hasState = facts.StateSpaceConvolution > 0 || facts.StateSpaceState > 0 || facts.ShortConvolution > 0 || facts.DeltaHeadLength > 0 || facts.ReceptanceHeadLength > 0;
        switch (facts.Architecture)
        {
            case var architecture when Recurrent.Contains(architecture):
                return (false, layer < own);
            case "falcon-h1":
                return (true, true);
            case "nemotron_h" or "nemotron_h_moe" when !facts.FeedForwardByLayer.IsDefaultOrEmpty:
                var isFeedForward = layer < facts.FeedForwardByLayer.Length && facts.FeedForwardByLayer[layer] > 0;
                return (!isFeedForward && heads > 0, !isFeedForward && heads == 0);
            case "gemma3n":
                return (layer < CachingLayersOfGemma3n, false);
            case "gemma4":
                return (layer < layers - Math.Clamp(facts.SharedKeyValueLayers, 0, layers), false);
            case "step35" or "hy-v3":
                return (layer < own, false);
        }

        if (!facts.RecurrentLayers.IsDefaultOrEmpty)
        {
            var keepsState = layer < facts.RecurrentLayers.Length && facts.RecurrentLayers[layer];
            return (!keepsState && (layer < own || facts.Architecture == "qwen3next"), keepsState && layer < own);
        }

        var interval = facts.FullAttentionInterval > 0 ? facts.FullAttentionInterval : WithInterval.Contains(facts.Architecture) ? UsualInterval : 0;
        return hasState && interval > 1 ? (layer < own && (layer + 1) % interval == 0, layer < own && (layer + 1) % interval != 0)

            // A layer without heads is a recurrent one (jamba, granitehybrid, lfm2, kimi-linear); of others nothing tells whether they have both.
            : hasState && facts.KeyValueHeads is { IsDefault: false, Length: > 1 } ? (heads > 0, heads == 0)
            : (heads > 0, hasState);
    }
}
