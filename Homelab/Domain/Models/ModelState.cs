namespace Homelab.Domain.Models;

/// <summary>Where a model stands on one node.</summary>
internal enum ModelState
{
    /// <summary>Not on this node's disk.</summary>
    Absent,

    /// <summary>Being downloaded.</summary>
    Pulling,

    /// <summary>On disk, not in memory.</summary>
    OnDisk,

    /// <summary>The engine is bringing it into memory; its memory is reserved.</summary>
    Loading,

    /// <summary>In memory, used by nobody.</summary>
    Hot,

    /// <summary>In memory and held by at least one lease: never evicted.</summary>
    Leased,

    /// <summary>Its gate is closed; the engine is giving its memory back.</summary>
    Unloading,

    /// <summary>The last load or pull failed; tried again after a back-off.</summary>
    Failed,
}
