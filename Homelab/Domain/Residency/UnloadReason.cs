namespace Homelab.Domain.Residency;

/// <summary>Why a replica leaves memory.</summary>
internal enum UnloadReason
{
    /// <summary>Another model needs the room.</summary>
    Evicted,

    /// <summary>Nobody has used it for longer than its policy keeps it.</summary>
    Idle,

    /// <summary>An operator said so.</summary>
    Operator,

    /// <summary>Somebody else loaded it with another context than ours; it is loaded again as every request here needs it. Or another model is installed under its name.</summary>
    Replaced,

    /// <summary>An app's manifest is gone.</summary>
    Removed,

    /// <summary>Other programs need the memory.</summary>
    MemoryPressure,
}
