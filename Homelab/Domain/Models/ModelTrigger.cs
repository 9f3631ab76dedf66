namespace Homelab.Domain.Models;

/// <summary>What moves a model from one state to another; the columns of <see cref="ModelLifecycle"/>.</summary>
internal enum ModelTrigger
{
    /// <summary>A download was started.</summary>
    PullStarted,

    /// <summary>A download ended well, or the engine lists the model on disk.</summary>
    FoundOnDisk,

    /// <summary>A download failed.</summary>
    PullFailed,

    /// <summary>The model was deleted, or the engine lists it no longer.</summary>
    Deleted,

    /// <summary>A load was sent to the engine.</summary>
    LoadStarted,

    /// <summary>The load ended well, or the engine was found holding the model.</summary>
    FoundLoaded,

    /// <summary>The engine refused or failed the load.</summary>
    LoadFailed,

    /// <summary>The load was given up because nobody waits for it any more.</summary>
    LoadCancelled,

    /// <summary>The first lease was taken.</summary>
    FirstLeaseTaken,

    /// <summary>The last lease was returned.</summary>
    LastLeaseReturned,

    /// <summary>The gate was closed and an unload sent.</summary>
    UnloadStarted,

    /// <summary>The engine holds the model no longer, by our order or on its own.</summary>
    FoundUnloaded,
}
