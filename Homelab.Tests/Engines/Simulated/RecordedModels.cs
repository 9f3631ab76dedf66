using Homelab.Domain.Models;
using Homelab.Engines.Simulated;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>The models of the recorded session: tiny ones of random weights, made for it.</summary>
internal static class RecordedModels
{
    private static readonly SimulatedArchitecture TinyFacts = new()
    {
        ParameterCount = 111_296,
        ParameterSize = "111K",
        Quantization = "unknown",
        FileType = 0,
        BlockCount = 2,
        HeadCount = 4,
        KeyValueHeads = 2,
        EmbeddingLength = 64,
        FeedForwardLength = 128,
        VocabularySize = 291,
        TrainedContext = 2048,
    };

    public static SimulatedModel Tiny { get; } = Make("tiny", 452_345, TinyFacts);

    public static SimulatedModel Tiny2 { get; } = Make("tiny2:v1", 2_670_132, TinyFacts with { ParameterSize = "665K", EmbeddingLength = 128 }) with
    {
        Parameters = [new ModelParameter("num_ctx", "512", IsText: false)],
        System = "You are tiny.",
    };

    public static SimulatedModel TinyEmbed { get; } = Make("tinyembed", 452_377, TinyFacts) with { Capabilities = ["embedding"] };

    public static SimulatedModel TinyStop { get; } = Make("tinystop", 452_345, TinyFacts);

    public static SimulatedModel Big { get; } = Make("big", 455_483_580, TinyFacts with
    {
        ParameterCount = 113_870_000,
        ParameterSize = "113.87M",
        BlockCount = 12,
        HeadCount = 8,
        KeyValueHeads = 4,
        EmbeddingLength = 1024,
        TrainedContext = 4_000_000,
    });

    public static SimulatedModel TinyRegistry { get; } = Make("registry.local:5000/library/tinyreg", 452_311, TinyFacts);

    public static SimulatedModel BrokenRegistry { get; } = Make("registry.local:5000/library/bigreg", 67_108_864, TinyFacts) with
    {
        LoadError = "tensor \"blk.1.ffn_up.weight\" offset+size (69525376) exceeds file size (67108864)",
    };

    private static SimulatedModel Make(string name, long bytes, SimulatedArchitecture facts) => SimulatedModel.Create(name, new ByteSize(bytes), embedding: false) with
    {
        Architecture = facts,
        Capabilities = ["completion"],
        Parameters = [new ModelParameter("stop", "<|im_start|>", IsText: true), new ModelParameter("stop", "<|im_end|>", IsText: true)],
    };
}
