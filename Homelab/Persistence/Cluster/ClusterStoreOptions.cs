namespace Homelab.Persistence.Cluster;

/// <summary>How much a cluster's store keeps, and how often it writes.</summary>
internal sealed record ClusterStoreOptions
{
    /// <summary>How often what need not be acknowledged is written.</summary>
    public TimeSpan FlushEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a disk that could not be used is tried again.</summary>
    public TimeSpan RetryEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Events, and rows of usage, that wait in memory for the disk; beyond, the oldest are dropped.</summary>
    public int Waiting { get; init; } = 10_000;

    public int KeptEvents { get; init; } = 100_000;

    public TimeSpan EventsKeptFor { get; init; } = TimeSpan.FromDays(30);

    public TimeSpan UsageKeptFor { get; init; } = TimeSpan.FromDays(400);

    /// <summary>The database is never larger than this, so that it cannot fill the disk by itself.</summary>
    public long MaximumBytes { get; init; } = 1L << 30;
}
