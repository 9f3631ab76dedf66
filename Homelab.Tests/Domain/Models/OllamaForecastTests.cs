using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>The sums of Ollama's <c>PredictServerVRAM</c> (<c>llm/llama_server.go</c> of 0.32.15), done by hand.</summary>
public sealed class OllamaForecastTests
{
    private static readonly GgufFacts Llama = new()
    {
        Architecture = "llama",
        WeightBytes = new ByteSize(4_000_000_000),
        BlockCount = 32,
        HeadCount = 32,
        KeyValueHeads = [8],
        EmbeddingLength = 4096,
    };

    [Fact]
    public void Weights_and_a_cache_of_16_bits_for_every_token_of_every_sequence() =>
        Assert.Equal(4_000_000_000 + (2L * 32 * 8 * 128 * 8192 * 4 * 2), OllamaForecast.FromFacts(Llama, 8192, 4).Bytes);

    [Fact]
    public void Of_layers_that_differ_the_fewest_heads_count_for_all_and_none_as_one() =>
        Assert.Equal(4_000_000_000 + (2L * 32 * 1 * 128 * 4096 * 2), OllamaForecast.FromFacts(Llama with { KeyValueHeads = [0, 8, 0, 8] }, 4096, 1).Bytes);

    [Fact]
    public void Absurd_facts_of_a_strangers_file_do_no_harm() =>
        Assert.InRange(OllamaForecast.FromFacts(Llama with { BlockCount = int.MaxValue, KeyValueHeads = [int.MaxValue], EmbeddingLength = int.MaxValue, HeadCount = 0 }, int.MaxValue, 4).Bytes, 1, 1L << 58);
}
