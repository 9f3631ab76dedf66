namespace Homelab.Domain.Residency;

/// <summary>How far a replica that shall leave memory has come before its unload is sent; after that its state says <c>unloading</c>.</summary>
internal enum DrainPhase
{
    /// <summary>It stays, or nothing was done yet.</summary>
    None,

    /// <summary>Newcomers queue behind, running requests end in peace.</summary>
    Yielding,

    /// <summary>Its gate is asked to close; the answer is the next event.</summary>
    Asked,

    /// <summary>Its gate is closed and nobody holds a lease.</summary>
    Idle,
}
