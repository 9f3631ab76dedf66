namespace Homelab.Domain.Residency;

/// <summary>Whether a model fits this node.</summary>
internal enum FitVerdict
{
    /// <summary>It is in memory.</summary>
    Loaded,

    /// <summary>Beside everything that is in memory.</summary>
    Beside,

    /// <summary>Once replicas that may be evicted have gone.</summary>
    AfterEvicting,

    /// <summary>Only where pinned or protected replicas are unloaded by hand.</summary>
    AfterUnloadingProtected,

    /// <summary>Not even on an empty node.</summary>
    Never,
}
