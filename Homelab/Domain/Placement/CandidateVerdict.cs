namespace Homelab.Domain.Placement;

/// <summary>What a node could do for a demand; the first five can serve it.</summary>
internal enum CandidateVerdict
{
    /// <summary>Has a replica.</summary>
    Hot,

    /// <summary>Is loading it.</summary>
    Loading,

    /// <summary>Has room for it.</summary>
    Fits,

    /// <summary>Has room once idle replicas are gone.</summary>
    Evicts,

    /// <summary>Has room once requests that run there have ended.</summary>
    Waits,

    /// <summary>Could not hold it if nothing else were loaded.</summary>
    TooLarge,

    /// <summary>Its room is held by pinned or protected replicas.</summary>
    Protected,

    /// <summary>Failed to load it lately.</summary>
    BackingOff,

    /// <summary>Does not have it on disk.</summary>
    NotInstalled,

    /// <summary>Lacks labels that the cluster wants for it.</summary>
    LabelsMissing,

    /// <summary>Refused this very request.</summary>
    Excluded,

    /// <summary>Delegated the request.</summary>
    Origin,

    /// <summary>Is not the node that the operator named.</summary>
    NotAskedFor,

    /// <summary>Its engine does not answer.</summary>
    EngineDown,

    /// <summary>This hub cannot reach it.</summary>
    Unreachable,

    /// <summary>The operator wants nothing new there.</summary>
    Draining,

    /// <summary>Its daemon is shutting down.</summary>
    Stopping,

    /// <summary>Has been silent for a while.</summary>
    Suspect,

    /// <summary>Has been silent for too long.</summary>
    Lost,

    /// <summary>Said goodbye.</summary>
    Left,
}
