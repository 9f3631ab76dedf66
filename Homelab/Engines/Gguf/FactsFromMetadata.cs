using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Engines.Gguf;

/// <summary>Turns a model's metadata into the facts that its memory need follows from. Key names are those of llama.cpp's <c>llama-arch.cpp</c>;
/// what is not stated stays 0 or empty.</summary>
internal static class FactsFromMetadata
{
    // Keys whose arrays (one value a layer, in hybrid and per-layer-tuned models) decide about memory.
    private static readonly string[] LayerKeys =
    [
        "attention.head_count", "attention.head_count_kv", "feed_forward_length", "attention.sliding_window_pattern", "attention.recurrent_layers",
    ];

    /// <summary>The keys of this model that may hold one value for each layer, with its prefix.</summary>
    public static IEnumerable<string> KeysByLayer(GgufMetadata metadata) => LayerKeys.Select(key => $"{Architecture(metadata)}.{key}");

    /// <summary>The facts.</summary>
    /// <param name="metadata">Of the model's own file.</param>
    /// <param name="weights">Bytes of all weight files.</param>
    /// <param name="projector">Bytes of the projector among them.</param>
    public static GgufFacts Read(GgufMetadata metadata, ByteSize weights, ByteSize projector)
    {
        var architecture = Architecture(metadata);
        var tensors = metadata.Tensors;
        return new GgufFacts
        {
            Architecture = architecture,
            WeightBytes = weights,
            ProjectorBytes = projector,
            HostBytes = new ByteSize(tensors.IsComplete ? tensors.HostBytes : 0),
            OutputBytes = new ByteSize(tensors.IsComplete ? tensors.OutputBytes : 0),
            LayerBytes = tensors.IsComplete ? [.. tensors.Layers] : [],
            BlockCount = Number("block_count"),
            NextLayers = Number("nextn_predict_layers"),
            HeadCount = Largest("attention.head_count"),
            KeyValueHeads = Layers("attention.head_count_kv"),
            KeyLength = Number("attention.key_length"),
            ValueLength = Number("attention.value_length"),
            WindowKeyLength = Number("attention.key_length_swa"),
            WindowValueLength = Number("attention.value_length_swa"),
            LatentKeyLength = Number("attention.key_length_mla"),
            LatentValueLength = Number("attention.value_length_mla"),
            IndexerKeyLength = Number("attention.indexer.key_length"),
            EmbeddingLength = Number("embedding_length"),
            FeedForwardLength = Largest("feed_forward_length"),
            FeedForwardByLayer = metadata.Arrays.ContainsKey($"{architecture}.feed_forward_length") ? Layers("feed_forward_length") : [],
            ExpertFeedForwardLength = Number("expert_feed_forward_length"),
            ExpertsUsed = Number("expert_used_count"),
            SharedExpertFeedForwardLength = Number("expert_shared_feed_forward_length") is > 0 and var width ? width : Whole((double)Number("expert_shared_count") * Number("expert_feed_forward_length")),
            HasDenseLayers = Number("leading_dense_block_count") > 0 || Number("interleave_moe_layer_step") > 1,
            VocabularySize = Number("vocab_size") is > 0 and var stated ? stated : Math.Max(metadata.TokenCount, tensors.Vocabulary),
            TrainedContext = Number("context_length"),
            SlidingWindow = Number("attention.sliding_window"),
            SlidingWindowPattern = Pattern(),
            WindowedLayers = WindowedLayers(),
            SharedKeyValueLayers = Number("attention.shared_kv_layers"),
            KeyValueLoraRank = Number("attention.kv_lora_rank"),
            RopeDimensions = Number("rope.dimension_count"),
            ExpertCount = Number("expert_count"),
            FullAttentionInterval = Number("full_attention_interval"),
            RecurrentLayers = Truths("attention.recurrent_layers"),
            StateSpaceConvolution = Number("ssm.conv_kernel"),
            StateSpaceInner = Number("ssm.inner_size"),
            StateSpaceState = Number("ssm.state_size"),
            StateSpaceGroups = Number("ssm.group_count"),
            StateSpaceHeads = Number("ssm.time_step_rank"),
            PerLayerEmbedding = Number("embedding_length_per_layer_input"),
            ShortConvolution = Number("shortconv.l_cache"),
            DeltaHeadLength = Number("kda.head_dim"),
            ReceptanceHeadLength = Number("wkv.head_size"),
            TokenShifts = Number("token_shift_count"),
        };

        int Number(string key) => metadata.Numbers.TryGetValue($"{architecture}.{key}", out var value) ? Whole(value) : 0;

        ImmutableArray<int> Layers(string key) =>
            metadata.Arrays.TryGetValue($"{architecture}.{key}", out var values) ? [.. values.Select(Whole)]
            : Number(key) is > 0 and var one ? [one]
            : [];

        ImmutableArray<bool> Truths(string key) =>
            metadata.Arrays.TryGetValue($"{architecture}.{key}", out var values) ? [.. values.Select(v => v != 0)] : [];

        int Largest(string key) => Layers(key) is { Length: > 0 } values ? values.Max() : 0;

        // One truth value a layer: true where the layer only sees its window.
        ImmutableArray<bool> WindowedLayers() => Number("attention.sliding_window") == 0 ? [] : Truths("attention.sliding_window_pattern");

        // With a value for each layer: the first that sees everything ends the first period.
        int Pattern() => WindowedLayers() is { IsEmpty: false } windowed ? windowed.IndexOf(false) + 1
            : Number("attention.sliding_window") > 0 && Number("attention.sliding_window_pattern") is > 1 and var period ? period
            : 0;
    }

    private static string Architecture(GgufMetadata metadata) => metadata.Texts.GetValueOrDefault("general.architecture", "");

    private static int Whole(double value) => (int)Math.Clamp(value, 0, int.MaxValue);
}
