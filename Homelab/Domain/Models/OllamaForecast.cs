namespace Homelab.Domain.Models;

/// <summary>What Ollama itself expects a load to need, before it starts one (<c>PredictServerVRAM</c> in its <c>llm/llama_server.go</c>): the file
/// and a plain cache of 16 bits, whatever the model's layers really are. Only good to foresee what Ollama does; the memory of a load follows from
/// <see cref="MemoryEstimator"/>. Its batch needs no part: Ollama takes a smaller one before it makes room for a large one.</summary>
internal static class OllamaForecast
{
    /// <summary>The forecast for a model whose metadata is known.</summary>
    /// <param name="facts">The model's metadata.</param>
    /// <param name="context">Tokens for each sequence, as <see cref="ContextPolicy"/> resolves them.</param>
    /// <param name="sequences">As <see cref="MemoryEstimator.Sequences"/> gives them.</param>
    public static ByteSize FromFacts(GgufFacts facts, int context, int sequences)
    {
        var heads = facts.KeyValueHeads.IsDefaultOrEmpty ? 1 : Math.Max(1, facts.KeyValueHeads.Min());
        var width = facts.EmbeddingLength / Math.Max(1, facts.HeadCount);
        var cache = 4.0 * facts.BlockCount * heads * width * context * sequences;
        return new ByteSize((long)Math.Clamp(facts.WeightBytes.Bytes + cache, 0, 1L << 58));
    }
}
