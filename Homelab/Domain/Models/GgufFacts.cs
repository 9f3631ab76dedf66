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

    /// <summary>Bytes of the tensors that stay in main memory even where every layer is on a GPU: the embedding tables, without the one that serves as the output
    /// matrix too, which is needed there as well. 0 where the tensors are not known.</summary>
    public ByteSize HostBytes { get; init; }

    /// <summary>Bytes of the output matrix, be it the embedding table's, and of what else comes after the last layer; 0 where the tensors are not known.</summary>
    public ByteSize OutputBytes { get; init; }

    /// <summary>Bytes of each layer's tensors; empty where they are not known.</summary>
    public ImmutableArray<long> LayerBytes { get; init; } = [];

    /// <summary><c>block_count</c>: layers.</summary>
    public int BlockCount { get; init; }

    /// <summary><c>nextn_predict_layers</c>: the last of the layers, which only guess further tokens.</summary>
    public int NextLayers { get; init; }

    /// <summary><c>attention.head_count</c>.</summary>
    public int HeadCount { get; init; }

    /// <summary><c>attention.head_count_kv</c>, one entry for all layers or one for each.</summary>
    public ImmutableArray<int> KeyValueHeads { get; init; } = [];

    /// <summary><c>attention.key_length</c>; 0 means <see cref="EmbeddingLength"/> / <see cref="HeadCount"/>.</summary>
    public int KeyLength { get; init; }

    /// <summary><c>attention.value_length</c>; 0 means <see cref="EmbeddingLength"/> / <see cref="HeadCount"/>.</summary>
    public int ValueLength { get; init; }

    /// <summary><c>attention.key_length_swa</c>, of layers with a sliding window; 0 means <see cref="KeyLength"/>.</summary>
    public int WindowKeyLength { get; init; }

    /// <summary><c>attention.value_length_swa</c>; 0 means <see cref="ValueLength"/>.</summary>
    public int WindowValueLength { get; init; }

    /// <summary><c>attention.key_length_mla</c>; with <see cref="LatentValueLength"/> it says that a file is converted for a latent cache.</summary>
    public int LatentKeyLength { get; init; }

    /// <summary><c>attention.value_length_mla</c>.</summary>
    public int LatentValueLength { get; init; }

    /// <summary><c>attention.indexer.key_length</c> (deepseek32): a second cache with one head.</summary>
    public int IndexerKeyLength { get; init; }

    /// <summary><c>embedding_length</c>.</summary>
    public int EmbeddingLength { get; init; }

    /// <summary><c>feed_forward_length</c>.</summary>
    public int FeedForwardLength { get; init; }

    /// <summary>The same for each layer; empty where one holds for all.</summary>
    public ImmutableArray<int> FeedForwardByLayer { get; init; } = [];

    /// <summary><c>expert_feed_forward_length</c>; 0 means <see cref="FeedForwardLength"/>.</summary>
    public int ExpertFeedForwardLength { get; init; }

    /// <summary><c>expert_used_count</c>; 0 for dense models.</summary>
    public int ExpertsUsed { get; init; }

    /// <summary>Width of the experts that every token goes through: <c>expert_shared_feed_forward_length</c>, or <c>expert_shared_count</c> times the experts' width; 0 without.</summary>
    public int SharedExpertFeedForwardLength { get; init; }

    /// <summary>Whether a model with experts has dense layers too (<c>leading_dense_block_count</c>, or <c>interleave_moe_layer_step</c> above 1).</summary>
    public bool HasDenseLayers { get; init; }

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

    /// <summary>The same for each layer: true where it only sees its window; empty where the file states a period or nothing.</summary>
    public ImmutableArray<bool> WindowedLayers { get; init; } = [];

    /// <summary><c>attention.shared_kv_layers</c> (gemma4): the last layers, which have no cache of their own.</summary>
    public int SharedKeyValueLayers { get; init; }

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

    /// <summary><c>attention.recurrent_layers</c>: for each layer whether it keeps a state in place of a cache; empty where the file does not say.</summary>
    public ImmutableArray<bool> RecurrentLayers { get; init; } = [];

    /// <summary><c>shortconv.l_cache</c> (lfm2); 0 without.</summary>
    public int ShortConvolution { get; init; }

    /// <summary><c>kda.head_dim</c> (kimi-linear); 0 without.</summary>
    public int DeltaHeadLength { get; init; }

    /// <summary><c>wkv.head_size</c> (rwkv); 0 without.</summary>
    public int ReceptanceHeadLength { get; init; }

    /// <summary><c>token_shift_count</c> (rwkv).</summary>
    public int TokenShifts { get; init; }

    /// <summary><c>ssm.time_step_rank</c>: heads of the state-space layers.</summary>
    public int StateSpaceHeads { get; init; }

    /// <summary><c>embedding_length_per_layer_input</c> (gemma3n, gemma4); 0 without.</summary>
    public int PerLayerEmbedding { get; init; }

    /// <summary>Whether the model only makes embeddings: it is loaded by another call and has one sequence.</summary>
    public bool IsEmbedder { get; init; }
}
