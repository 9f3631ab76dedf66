using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>A replica as the engine itself lists it.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="TotalBytes">All memory it holds.</param>
/// <param name="GpuBytes">Of that, on GPUs.</param>
/// <param name="Context">Tokens of context that it was loaded with; 0 where the engine does not say.</param>
/// <param name="UsedByOthers">Whether somebody who does not go through this daemon has used it since the last observation.</param>
internal sealed record LoadedModel(ModelName Name, ByteSize TotalBytes, ByteSize GpuBytes, int Context, bool UsedByOthers)
{
    /// <summary>Whether another model is installed under its name by now: what is in memory answers as it was before.</summary>
    public bool IsOutdated { get; init; }
}
