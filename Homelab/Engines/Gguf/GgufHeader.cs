namespace Homelab.Engines.Gguf;

/// <summary>What stands before the weights in one GGUF file.</summary>
/// <param name="Version">2 or 3.</param>
/// <param name="IsBigEndian">Whether its numbers are written for big-endian machines; only those load it.</param>
/// <param name="Metadata">What it says about the model.</param>
/// <param name="TensorCount">Tensors in this file.</param>
/// <param name="DataOffset">Where the weights begin.</param>
internal sealed record GgufHeader(int Version, bool IsBigEndian, GgufMetadata Metadata, int TensorCount, long DataOffset);
