namespace Homelab.Contracts;

/// <summary>Memory that a model needs, term by term; the terms' sum times the correction is the total.</summary>
/// <param name="WeightsBytes">The tensors.</param>
/// <param name="KvCacheBytes">KV cache of all parallel sequences together.</param>
/// <param name="ComputeBytes">Buffers of the compute graph.</param>
/// <param name="OverheadBytes">What the engine's process needs beside that.</param>
/// <param name="Correction">Factor learnt from what was observed on this node; 1 where nothing was.</param>
/// <param name="TotalBytes">What is reserved.</param>
/// <param name="Basis"><c>measured</c> (this very load was, so often as <paramref name="Observations"/> says), <c>raised</c> (it ran out of memory in spite of its estimate), <c>metadata</c> or <c>file size</c>.</param>
/// <param name="Context">Tokens of context that it is reckoned with; absent where the engine chooses.</param>
/// <param name="Parallel">Sequences at once that it is reckoned with.</param>
/// <param name="Observations">Loads with the same digest, settings and engine version that the correction was learnt from; as the following, absent where there is none.</param>
/// <param name="RecurrentStateBytes">Within <paramref name="KvCacheBytes"/>: the state of state-space layers.</param>
/// <param name="ProjectorBytes">Within <paramref name="WeightsBytes"/>: the vision or audio projector.</param>
/// <param name="ProjectorGraphBytes">Within <paramref name="ComputeBytes"/>: the projector's graph.</param>
/// <param name="OnHostBytes">Weights that stay mapped in main memory, in no other figure.</param>
/// <param name="Batch">Tokens that the engine is expected to compute at once; absent: the least that it falls back to.</param>
internal sealed record EstimateWire(
    long WeightsBytes,
    long KvCacheBytes,
    long ComputeBytes,
    long OverheadBytes,
    double Correction,
    long TotalBytes,
    string Basis,
    int? Context = null,
    int? Parallel = null,
    int? Observations = null,
    long? RecurrentStateBytes = null,
    long? ProjectorBytes = null,
    long? ProjectorGraphBytes = null,
    long? OnHostBytes = null,
    int? Batch = null);
