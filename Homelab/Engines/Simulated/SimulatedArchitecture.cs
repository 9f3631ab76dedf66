using System.Globalization;

namespace Homelab.Engines.Simulated;

/// <summary>The facts that a simulated model's GGUF file would state, chosen so that they fit its size.</summary>
internal sealed record SimulatedArchitecture
{
    public string Family { get; init; } = "llama";

    public required long ParameterCount { get; init; }

    /// <summary>As the engine shows it, e.g. <c>8.0B</c>.</summary>
    public required string ParameterSize { get; init; }

    public string Quantization { get; init; } = "Q4_K_M";

    /// <summary><c>general.file_type</c> of that quantization.</summary>
    public int FileType { get; init; } = 15;

    public required int BlockCount { get; init; }

    public required int HeadCount { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int EmbeddingLength { get; init; }

    public required int FeedForwardLength { get; init; }

    public int VocabularySize { get; init; } = 128_256;

    /// <summary>Longest context.</summary>
    public int TrainedContext { get; init; } = 131_072;

    /// <summary>Size of one attention head.</summary>
    public int HeadLength => EmbeddingLength / HeadCount;

    /// <summary>Bytes of KV cache for one token: keys and values of every layer, two bytes an element.</summary>
    public long KeyValueBytesPerToken => 2L * 2 * BlockCount * KeyValueHeads * HeadLength;

    /// <summary>The dimensions of a usual model whose 4-bit weights (0.6 bytes a parameter) have this size.</summary>
    public static SimulatedArchitecture For(long bytes, bool embedding)
    {
        var parameters = embedding ? bytes / 2 : (long)(bytes / 0.6);
        var (blocks, heads, keyValueHeads, width, feedForward) = parameters switch
        {
            < 400_000_000 => (12, 12, 12, 768, 3072),
            < 2_000_000_000 => (16, 32, 8, 2048, 8192),
            < 5_000_000_000 => (28, 24, 8, 3072, 8192),
            < 10_000_000_000 => (32, 32, 8, 4096, 14_336),
            < 20_000_000_000 => (40, 40, 8, 5120, 13_824),
            < 45_000_000_000 => (64, 40, 8, 5120, 27_648),
            _ => (80, 64, 8, 8192, 28_672),
        };
        return new SimulatedArchitecture
        {
            ParameterCount = parameters,
            ParameterSize = Human(parameters),
            BlockCount = blocks,
            HeadCount = heads,
            KeyValueHeads = keyValueHeads,
            EmbeddingLength = width,
            FeedForwardLength = feedForward,
            TrainedContext = embedding ? 8192 : 131_072,
            Quantization = embedding ? "F16" : "Q4_K_M",
            FileType = embedding ? 1 : 15,
        };
    }

    private static string Human(long count) => count switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.0}B"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.00}M"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0}K"),
        _ => count.ToString(CultureInfo.InvariantCulture),
    };
}
