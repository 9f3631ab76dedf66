using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>A load that is planned or under way; its memory is reserved from the moment of the decision.</summary>
/// <param name="Id">Unique for the daemon's life; a result with another id is stale.</param>
/// <param name="Settings">With what the engine is asked to load.</param>
/// <param name="Allocation">What is reserved, by device.</param>
/// <param name="Victims">Replicas that must be gone first; empty once the load was sent.</param>
/// <param name="DecidedAt">When it was decided.</param>
/// <param name="SentAt">When it was sent to the engine; null while victims are being evicted.</param>
/// <param name="Expected">How long the load itself should take.</param>
/// <param name="AbandonedSince">Since when nobody waits for it; null while somebody does.</param>
internal sealed record LoadRecord(
    long Id,
    LoadSettings Settings,
    ImmutableArray<DeviceAllocation> Allocation,
    ImmutableArray<ModelName> Victims,
    TimeSpan DecidedAt,
    TimeSpan? SentAt,
    TimeSpan Expected,
    TimeSpan? AbandonedSince = null)
{
    /// <summary>Whether its victims were still busy when it was decided: they are held back from newcomers until their requests end.</summary>
    public bool Yields { get; init; }

    /// <summary>Of an app: the manifest by which it is started.</summary>
    public string? Digest { get; init; }

    /// <summary>Set once the engine was told to give it up.</summary>
    public bool Cancelling { get; init; }
}
