namespace Homelab.Domain.Models;

/// <summary>The settings of a load that decide how much memory it takes. Two loads with equal settings need equal memory.</summary>
/// <param name="Context">Tokens of context for each parallel sequence; 0 leaves the choice to the engine.</param>
/// <param name="Parallel">Sequences served at the same time; the engine keeps a KV cache for each.</param>
/// <param name="KeyValueCache">Element type of the KV cache.</param>
/// <param name="FlashAttention">Whether the engine computes attention without the full score matrix.</param>
internal sealed record LoadSettings(int Context, int Parallel, KeyValueCacheType KeyValueCache = KeyValueCacheType.F16, bool FlashAttention = true)
{
    /// <summary>Tokens in one physical batch; 0: the least that the engine falls back to.</summary>
    public int Batch { get; init; }

    /// <summary>A stable text form, used as part of the key of a stored measurement.</summary>
    public string Key => $"ctx={Context};par={Parallel};kv={KeyValueCache};fa={(FlashAttention ? 1 : 0)}" + (Batch > 0 ? $";ub={Batch}" : "");
}
