namespace Homelab.Domain.Models;

/// <summary>Estimates the memory of a load from a model's metadata.</summary>
internal static class MemoryEstimator
{
    /// <summary>The estimate for a model whose metadata is known.</summary>
    public static MemoryEstimate FromFacts(GgufFacts facts, LoadSettings settings) =>
        FromFileSize(facts.WeightBytes);

    /// <summary>The estimate for a model of which only the size on disk is known: generous.</summary>
    public static MemoryEstimate FromFileSize(ByteSize fileSize) =>
        new(fileSize, ByteSize.FromMebibytes(512), ByteSize.FromMebibytes(256), ByteSize.FromMebibytes(256), 1, "file size");
}
