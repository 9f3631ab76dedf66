using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>What one device holds of a model, term by term, before any correction.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Layers">Layers on it; the output counts as the one behind the last.</param>
/// <param name="Weights">Bytes of their tensors, of the output's and the embedding tables' where they lie here.</param>
/// <param name="KeyValueCache">Bytes of their KV cache.</param>
/// <param name="RecurrentState">Bytes of their recurrent state.</param>
/// <param name="Compute">Bytes of the graph's buffers, which every device has of its own.</param>
/// <param name="Output">Bytes of the words' probabilities; on one device.</param>
/// <param name="Projector">Bytes of the projector and of its graph; on one device.</param>
/// <param name="Overhead">Bytes of the process and of what its driver sets up.</param>
internal sealed record DeviceShare(
    string Device,
    int Layers,
    ByteSize Weights,
    ByteSize KeyValueCache,
    ByteSize RecurrentState,
    ByteSize Compute,
    ByteSize Output,
    ByteSize Projector,
    ByteSize Overhead)
{
    /// <summary>All of it.</summary>
    public ByteSize Total => Weights + KeyValueCache + RecurrentState + Compute + Output + Projector + Overhead;
}
