using Homelab.Domain.Models;

namespace Homelab.Engines;

/// <summary>One line of the engine's list of loaded models.</summary>
/// <param name="Name">Canonical name of the model (for a derived model, the one it derives from).</param>
/// <param name="EngineName">The name that the engine lists.</param>
/// <param name="TotalBytes">All memory.</param>
/// <param name="GpuBytes">Of that, on GPUs.</param>
/// <param name="Context">Tokens of context; 0 where not said.</param>
/// <param name="ExpiresAt">When the engine would unload it on its own (the engine's wall clock).</param>
internal sealed record LoadedModelEntry(ModelName Name, string EngineName, ByteSize TotalBytes, ByteSize GpuBytes, int Context, DateTimeOffset ExpiresAt)
{
    /// <summary>Whether the model that is installed under its name is another one by now.</summary>
    public bool IsOutdated { get; init; }
}
