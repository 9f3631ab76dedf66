namespace Homelab.Domain.Models;

/// <summary>How much memory a load should take, with its terms. All terms are for all devices together.</summary>
/// <param name="Weights">Bytes of the weights.</param>
/// <param name="KeyValueCache">Bytes of the KV cache (and of recurrent state) over all parallel sequences.</param>
/// <param name="Compute">Bytes of the compute graph's buffers.</param>
/// <param name="Overhead">Bytes that the engine's process needs beside that.</param>
/// <param name="Correction">Factor learnt from what was observed; 1 where nothing was.</param>
/// <param name="Basis">Where the figure comes from, for people: <c>measured</c>, <c>metadata</c> or <c>file size</c>.</param>
internal sealed record MemoryEstimate(ByteSize Weights, ByteSize KeyValueCache, ByteSize Compute, ByteSize Overhead, double Correction, string Basis)
{
    /// <summary>What a placement must reserve.</summary>
    public ByteSize Total => new((long)Math.Ceiling((Weights + KeyValueCache + Compute + Overhead).Bytes * Correction));
}
