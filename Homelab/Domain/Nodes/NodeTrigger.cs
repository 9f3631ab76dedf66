namespace Homelab.Domain.Nodes;

/// <summary>What moves a node from one liveness to another; the columns of <see cref="NodeLifecycle"/>.</summary>
internal enum NodeTrigger
{
    /// <summary>A heartbeat was accepted.</summary>
    Beat,

    /// <summary>The connection of a held heartbeat broke, or connecting to the node was refused.</summary>
    ContactLost,

    /// <summary>No heartbeat for longer than a node may be silent without suspicion.</summary>
    SilentPastSuspect,

    /// <summary>No heartbeat for longer than a node may be silent at all.</summary>
    SilentPastLost,

    /// <summary>A heartbeat said that the daemon is leaving.</summary>
    Leave,
}
