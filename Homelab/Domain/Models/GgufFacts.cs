using System.Collections.Immutable;

namespace Homelab.Domain.Models;

/// <summary>What a model's GGUF metadata says that its memory need follows from. Key names are those of the GGUF specification,
/// with the architecture as prefix; a fact that the file does not state is 0 or empty.</summary>
internal sealed record GgufFacts
{
    /// <summary><c>general.architecture</c>, e.g. <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Bytes of all weight files: model, projector, adapters.</summary>
    public required ByteSize WeightBytes { get; init; }

    /// <summary>Bytes of the vision or audio projector, included in <see cref="WeightBytes"/>.</summary>
    public ByteSize ProjectorBytes { get; init; }

    /// <summary><c>block_count</c>: layers.</summary>
    public int BlockCount { get; init; }

    /// <summary><c>attention.head_count</c>.</summary>
    public int HeadCount { get; init; }

    /// <summary><c>attention.head_count_kv</c>, one entry for all layers or one for each.</summary>
    public ImmutableArray<int> KeyValueHeads { get; init; } = [];

    /// <summary><c>attention.key_length</c>; 0 means <see cref="EmbeddingLength"/> / <see cref="HeadCount"/>.</summary>
    public int KeyLength { get; init; }

    /// <summary><c>attention.value_length</c>; 0 means <see cref="EmbeddingLength"/> / <see cref="HeadCount"/>.</summary>
    public int ValueLength { get; init; }

    /// <summary><c>embedding_length</c>.</summary>
    public int EmbeddingLength { get; init; }

    /// <summary><c>feed_forward_length</c>.</summary>
    public int FeedForwardLength { get; init; }

    /// <summary>Size of the vocabulary.</summary>
    public int VocabularySize { get; init; }

    /// <summary><c>context_length</c>: the longest context the model was trained for.</summary>
    public int TrainedContext { get; init; }

    /// <summary>The context that the model's own parameters ask for (<c>PARAMETER num_ctx</c>), not its file; 0 where they do not.</summary>
    public int OwnContext { get; init; }

    /// <summary><c>attention.sliding_window</c> in tokens; 0 without one.</summary>
    public int SlidingWindow { get; init; }

    /// <summary>Every how many layers one attends to the whole context (gemma3: 6, gpt-oss: 2); 0 where unknown.</summary>
    public int SlidingWindowPattern { get; init; }

    /// <summary><c>attention.kv_lora_rank</c> (MLA); 0 without.</summary>
    public int KeyValueLoraRank { get; init; }

    /// <summary><c>rope.dimension_count</c>, used by MLA caches.</summary>
    public int RopeDimensions { get; init; }

    /// <summary><c>expert_count</c>; 0 for dense models.</summary>
    public int ExpertCount { get; init; }

    /// <summary><c>ssm.conv_kernel</c>; 0 without state-space layers.</summary>
    public int StateSpaceConvolution { get; init; }

    /// <summary><c>ssm.inner_size</c>.</summary>
    public int StateSpaceInner { get; init; }

    /// <summary><c>ssm.state_size</c>.</summary>
    public int StateSpaceState { get; init; }

    /// <summary><c>ssm.group_count</c>.</summary>
    public int StateSpaceGroups { get; init; }

    /// <summary><c>full_attention_interval</c> (qwen3next, qwen35): every how many layers one has attention, the others a recurrent state; 0 where all have.</summary>
    public int FullAttentionInterval { get; init; }

    /// <summary>Whether the model only makes embeddings: it is loaded by another call and has one sequence.</summary>
    public bool IsEmbedder { get; init; }
}
