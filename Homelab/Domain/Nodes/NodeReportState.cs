namespace Homelab.Domain.Nodes;

/// <summary>What a daemon says of itself in a heartbeat.</summary>
internal enum NodeReportState
{
    /// <summary>It serves.</summary>
    Live,

    /// <summary>It finishes what runs and takes nothing new.</summary>
    Draining,

    /// <summary>This is its last heartbeat.</summary>
    Leaving,
}
