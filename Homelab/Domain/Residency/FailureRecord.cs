namespace Homelab.Domain.Residency;

/// <summary>Why a model could not be loaded and when it is tried again.</summary>
/// <param name="Reason">The engine's own words, bounded in length.</param>
/// <param name="Attempts">Failures in a row.</param>
/// <param name="RetryAt">Not before, in time since the daemon's start.</param>
internal sealed record FailureRecord(string Reason, int Attempts, TimeSpan RetryAt)
{
    /// <summary>Whether those who wait are kept until the next try, instead of being told.</summary>
    public bool Retrying { get; init; }
}
