namespace Homelab.Domain.Models;

/// <summary>How much memory a load should take, with its terms. All terms are for all devices together; <c>LayerSplit</c> says what each holds.</summary>
/// <param name="Weights">Bytes of the weights, projector included.</param>
/// <param name="KeyValueCache">Bytes of the KV cache and of recurrent state over all parallel sequences.</param>
/// <param name="Compute">Bytes of the compute graph's buffers and of its outputs.</param>
/// <param name="Overhead">Bytes that the engine's process needs beside that.</param>
/// <param name="Correction">Factor learnt from what was observed; 1 where nothing was.</param>
/// <param name="Basis">Where the figure comes from, for people: <c>measured</c>, <c>metadata</c> or <c>file size</c>.</param>
internal sealed record MemoryEstimate(ByteSize Weights, ByteSize KeyValueCache, ByteSize Compute, ByteSize Overhead, double Correction, string Basis)
{
    private const long Largest = 1L << 62;

    /// <summary>Of <see cref="KeyValueCache"/>, the recurrent state.</summary>
    public ByteSize RecurrentState { get; init; }

    /// <summary>Of <see cref="Weights"/>, the vision or audio projector.</summary>
    public ByteSize Projector { get; init; }

    /// <summary>Of <see cref="Compute"/>, the projector's graph.</summary>
    public ByteSize ProjectorGraph { get; init; }

    /// <summary>Weights that stay mapped in main memory although all layers are on GPUs; in no other term, and in no total: the system may drop and read them again.</summary>
    public ByteSize OnHost { get; init; }

    /// <summary>Of <see cref="Weights"/>, what lies in main memory whatever room the GPUs have; the rest lies on GPUs where there are any. Null for a model, which is placed by its
    /// layers: an app says itself what it takes of both.</summary>
    public ByteSize? MainMemory { get; init; }

    /// <summary>How many loads of the same model with the same settings the correction was learnt from; 0 where it comes from others of its architecture, or from nothing.</summary>
    public int Observations { get; init; }

    /// <summary>What a placement must reserve.</summary>
    public ByteSize Total => new((long)Math.Min(Largest, Math.Round(Uncorrected * Correction)));

    /// <summary>The sum of the terms, before the correction.</summary>
    public double Uncorrected => (double)Weights.Bytes + KeyValueCache.Bytes + Compute.Bytes + Overhead.Bytes;

    /// <summary>The part that an engine reports as a model's size: it does not count its own process.</summary>
    public double Reported => (double)Weights.Bytes + KeyValueCache.Bytes + Compute.Bytes;
}
