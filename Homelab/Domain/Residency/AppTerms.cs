using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>What an app takes while it runs, as its manifest says.</summary>
/// <param name="Vram">Bytes of GPUs; of main memory on a node without one.</param>
/// <param name="Ram">Bytes of main memory beside that.</param>
/// <param name="Expected">How long its start should take: as the last one did.</param>
internal sealed record AppTerms(ByteSize Vram, ByteSize Ram, TimeSpan Expected)
{
    /// <summary>What is reserved for it. Nothing is learnt: the engine's corrections are of models.</summary>
    public MemoryEstimate Estimate => new(Vram + Ram, ByteSize.Zero, ByteSize.Zero, ByteSize.Zero, 1, "manifest") { MainMemory = Ram };
}
