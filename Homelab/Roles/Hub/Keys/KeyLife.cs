namespace Homelab.Roles.Hub.Keys;

/// <summary>How long a key or token may be good for.</summary>
internal static class KeyLife
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>What is wrong with one that is none.</summary>
    public static readonly string Problem = "ttl_seconds must be a positive number of seconds, at most ten years";

    /// <summary>Whether it is a life at all; null is one without an end, or the usual one.</summary>
    public static bool IsOne(double? seconds) => seconds is null || (seconds > 0 && seconds <= Longest.TotalSeconds);
}
