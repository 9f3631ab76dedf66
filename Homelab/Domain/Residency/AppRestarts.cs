namespace Homelab.Domain.Residency;

/// <summary>How often an app that ends by itself is started again for those who wait for it, and after which pauses.</summary>
internal static class AppRestarts
{
    /// <summary>Failures in a row after which it has failed: those who wait are told why, and the next demand has to wait out the pause.</summary>
    public const int MostTries = 4;

    /// <summary>An app that ran for so long before it ended is taken to be sound: its failures are counted anew.</summary>
    public static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The pause after so many failures in a row: a second, doubled each time.</summary>
    public static TimeSpan Pause(int attempts, TimeSpan longest) =>
        TimeSpan.FromTicks((long)Math.Min(longest.Ticks, First.Ticks * Math.Pow(2, Math.Min(Math.Max(0, attempts - 1), 30))));

    /// <summary>Whether another try is worth the wait.</summary>
    public static bool IsWorthwhile(LoadFailure kind, int attempts) => kind == LoadFailure.Engine && attempts < MostTries;
}
