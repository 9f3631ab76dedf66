namespace Homelab.Domain.Residency;

/// <summary>What an engine gives a load that names nothing, as far as it is known; the memory of a load follows from it.</summary>
/// <param name="Context">Tokens of context where neither we nor the model names any; 0: by the memory of the GPUs, see <see cref="Models.ContextPolicy"/>.</param>
/// <param name="Sequences">Requests that one replica serves at the same time, each with a cache of its own. Not the number of leases that we grant:
/// an Ollama that we did not start serves one unless it was told otherwise, and lets the others wait.</param>
internal sealed record EngineDefaults(int Context, int Sequences)
{
    /// <summary>Of an Ollama that nobody configured.</summary>
    public static EngineDefaults Unknown { get; } = new(0, 1);
}
