namespace Homelab.Domain.Models;

/// <summary>Bytes of the buffers in which an engine computes one batch.</summary>
internal static class ComputeBufferFormula
{
    /// <summary>Smallest a vision or audio graph was seen to take beside its projector.</summary>
    private static readonly ByteSize SmallestProjectorGraph = ByteSize.FromMebibytes(256);

    /// <summary>Bytes of one device's compute buffers.</summary>
    /// <remarks>Inputs: the embedded tokens and 20 bytes of ids a token, and the attention mask, <c>2 * cells * n_ubatch</c>.
    /// Then the largest of what lives at the same time: the output (<c>4 * n_ubatch * (n_vocab + 2 * n_embd)</c>, gguf-parser), a feed-forward
    /// layer (<c>4 * n_ubatch * (2 * n_ff + 4 * n_embd)</c>), and without flash attention the scores of all heads (<c>4 * cells * n_ubatch * n_head</c>,
    /// gguf-parser and Ollama's former <c>GraphSize</c>). With flash attention one layer's keys and values are added, which quantised caches
    /// are unpacked into (gguf-parser). Inputs and feed-forward agree with the recorded <c>/api/ps</c> sizes of Ollama 0.32 to a few percent.</remarks>
    /// <param name="facts">The model.</param>
    /// <param name="settings">The load.</param>
    /// <param name="context">Tokens for each sequence.</param>
    /// <param name="batch">Tokens in one physical batch.</param>
    public static double Bytes(GgufFacts facts, LoadSettings settings, double context, double batch)
    {
        double embedding = Math.Max(0, facts.EmbeddingLength);
        var cells = KeyValueCacheFormula.Cells(context, settings.FlashAttention);
        var inputs = batch * (20 + (4 * embedding) + (2 * cells));
        var output = facts.IsEmbedder ? 0 : 4 * batch * (Math.Max(0, facts.VocabularySize) + (2 * embedding));
        var feedForward = 4 * batch * ((2.0 * Math.Max(0, facts.FeedForwardLength)) + (4 * embedding));
        var working = Math.Max(output, feedForward);
        var attention = settings.FlashAttention
            ? working + KeyValueCacheFormula.LargestLayerBytes(facts, settings, context)
            : Math.Max(working, 4 * cells * batch * Math.Max(0, facts.HeadCount));
        return inputs + attention + ProjectorGraph(facts.ProjectorBytes);
    }

    /// <summary>No formula is known that holds for all encoders: as large as the projector itself, at least 256 MiB and at most 1 GiB.</summary>
    private static double ProjectorGraph(ByteSize projector) => projector <= ByteSize.Zero
        ? 0
        : ByteSize.Min(ByteSize.Max(projector, SmallestProjectorGraph), ByteSize.FromGibibytes(1)).Bytes;
}
