namespace Homelab.Contracts;

/// <summary>What one device would hold of a model; the terms' sum times the correction of the estimate is the total.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Kind"><c>cuda</c>, <c>rocm</c>, <c>vulkan</c>, <c>metal</c> or <c>ram</c>.</param>
/// <param name="Layers">Layers on it; the output counts as one.</param>
/// <param name="WeightsBytes">Their tensors.</param>
/// <param name="KvCacheBytes">Their KV cache.</param>
/// <param name="RecurrentStateBytes">The state of state-space layers.</param>
/// <param name="ComputeBytes">Buffers of the compute graph and of its outputs.</param>
/// <param name="ProjectorBytes">A vision or audio projector with its graph.</param>
/// <param name="OverheadBytes">The process and what its driver sets up.</param>
/// <param name="TotalBytes">All of it, corrected by what was learnt.</param>
/// <param name="FreeBytes">What a new model may take there, once what has to go has gone.</param>
internal sealed record FitDeviceWire(
    string Device,
    string Kind,
    int Layers,
    long WeightsBytes,
    long KvCacheBytes,
    long RecurrentStateBytes,
    long ComputeBytes,
    long ProjectorBytes,
    long OverheadBytes,
    long TotalBytes,
    long FreeBytes);
