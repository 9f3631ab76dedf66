using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines.Ollama;

/// <summary>Reads <see cref="GgufFacts"/> out of <c>/api/show</c>.</summary>
internal static class GgufFactsReader
{
    // Keys whose arrays (one value a layer, in hybrid and per-layer-tuned models) decide about memory.
    private static readonly string[] LayerKeys = ["attention.head_count", "attention.head_count_kv", "feed_forward_length", "attention.sliding_window_pattern"];

    /// <summary>Whether the answer left out an array that is needed, so that a verbose one must be asked for.</summary>
    public static bool NeedsVerbose(ShowMetadata show)
    {
        var architecture = Architecture(show);
        return LayerKeys.Any(key => show.Withheld.Contains($"{architecture}.{key}"));
    }

    /// <summary>The facts; those that the answer does not state stay 0 or empty.</summary>
    public static GgufFacts Read(ShowMetadata show, InstalledModel model)
    {
        var architecture = Architecture(show);
        return new GgufFacts
        {
            Architecture = architecture,
            WeightBytes = model.FileSize,
            ProjectorBytes = new ByteSize(Math.Clamp(ProjectorBytes(show, model.FileSize.Bytes), 0, model.FileSize.Bytes)),
            BlockCount = Number("block_count"),
            HeadCount = Largest("attention.head_count"),
            KeyValueHeads = Layers("attention.head_count_kv"),
            KeyLength = Number("attention.key_length"),
            ValueLength = Number("attention.value_length"),
            EmbeddingLength = Number("embedding_length"),
            FeedForwardLength = Largest("feed_forward_length"),
            VocabularySize = Number("vocab_size") is > 0 and var stated ? stated : Math.Max(show.TokenCount, show.Tensors.Vocabulary),
            TrainedContext = Number("context_length"),
            OwnContext = ModelParameters.Context(show.Parameters),
            SlidingWindow = Number("attention.sliding_window"),
            SlidingWindowPattern = Pattern(),
            KeyValueLoraRank = Number("attention.kv_lora_rank"),
            RopeDimensions = Number("rope.dimension_count"),
            ExpertCount = Number("expert_count"),
            FullAttentionInterval = Number("full_attention_interval"),
            StateSpaceConvolution = Number("ssm.conv_kernel"),
            StateSpaceInner = Number("ssm.inner_size"),
            StateSpaceState = Number("ssm.state_size"),
            StateSpaceGroups = Number("ssm.group_count"),
            IsEmbedder = show.Capabilities.Contains("embedding") && !show.Capabilities.Contains("completion"),
        };

        int Number(string key) => show.Numbers.TryGetValue($"{architecture}.{key}", out var value) ? Whole(value) : 0;

        ImmutableArray<int> Layers(string key) =>
            show.Arrays.TryGetValue($"{architecture}.{key}", out var values) ? [.. values.Select(Whole)]
            : Number(key) is > 0 and var one ? [one]
            : [];

        int Largest(string key) => Layers(key) is { Length: > 0 } values ? values.Max() : 0;

        int Pattern()
        {
            if (Number("attention.sliding_window") == 0)
            {
                return 0;
            }

            // One truth value a layer: true where the layer only sees its window. The first layer that sees everything ends the first period.
            if (show.Arrays.TryGetValue($"{architecture}.attention.sliding_window_pattern", out var windowed))
            {
                return Array.IndexOf(windowed, 0) + 1;
            }

            return Number("attention.sliding_window_pattern") is > 1 and var stated ? stated : 0;
        }
    }

    private static string Architecture(ShowMetadata show) => show.Texts.GetValueOrDefault("general.architecture", "");

    // Ollama states no size for a projector's file; it is what the files have beyond the model's tensors. The model file's header and tokenizer
    // count with it, some megabytes at most.
    private static long ProjectorBytes(ShowMetadata show, long files) =>
        !show.Tensors.IsComplete || show.Tensors.TotalBytes == 0 ? 0
        : show.HasProjector ? files - show.Tensors.TotalBytes
        : show.Tensors.ProjectorBytes;

    private static int Whole(double value) => (int)Math.Clamp(value, 0, int.MaxValue);
}
