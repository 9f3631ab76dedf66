namespace Homelab.Domain.Residency;

/// <summary>Why a load failed.</summary>
internal enum LoadFailure
{
    /// <summary>The engine says so, for a reason of its own.</summary>
    Engine,

    /// <summary>The engine ran out of memory.</summary>
    OutOfMemory,

    /// <summary>It took longer than the load time-out.</summary>
    TimedOut,

    /// <summary>The engine could not be reached.</summary>
    EngineDown,

    /// <summary>The engine does not have the model (any more).</summary>
    NotInstalled,

    /// <summary>An app cannot be started as its manifest stands, or its files cannot be had: trying again at once would end alike.</summary>
    Unstartable,

    /// <summary>We gave it up, because nobody waited.</summary>
    Cancelled,
}
