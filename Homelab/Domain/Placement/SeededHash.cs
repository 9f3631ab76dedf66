namespace Homelab.Domain.Placement;

/// <summary>A hash that is the same in every process, for ties that must not depend on the order of anything. Not for secrets.</summary>
internal static class SeededHash
{
    /// <summary>FNV-1a of the text, mixed.</summary>
    public static ulong Of(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return Mix(hash);
    }

    /// <summary>The order of one text under one seed.</summary>
    public static ulong Of(long seed, string text) => Mix(Of(text) ^ Mix((ulong)seed));

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
