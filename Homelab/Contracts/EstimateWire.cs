namespace Homelab.Contracts;

/// <summary>Memory that a model needs, term by term; the terms' sum times the correction is the total.</summary>
/// <param name="WeightsBytes">The tensors.</param>
/// <param name="KvCacheBytes">KV cache of all parallel sequences together.</param>
/// <param name="ComputeBytes">Buffers of the compute graph.</param>
/// <param name="OverheadBytes">What the engine's process needs beside that.</param>
/// <param name="Correction">Factor learnt from what was observed on this node; 1 where nothing was.</param>
/// <param name="TotalBytes">What is reserved.</param>
/// <param name="Basis"><c>measured</c>, <c>metadata</c> or <c>file size</c>.</param>
/// <param name="Context">Tokens of context that it is reckoned with; absent where the engine chooses.</param>
/// <param name="Parallel">Sequences at once that it is reckoned with.</param>
internal sealed record EstimateWire(
    long WeightsBytes,
    long KvCacheBytes,
    long ComputeBytes,
    long OverheadBytes,
    double Correction,
    long TotalBytes,
    string Basis,
    int? Context = null,
    int? Parallel = null);
