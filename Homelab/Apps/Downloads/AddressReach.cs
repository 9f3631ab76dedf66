namespace Homelab.Apps.Downloads;

/// <summary>Where an address leads, from the farthest to what is never connected to.</summary>
internal enum AddressReach
{
    /// <summary>The internet.</summary>
    Public,

    /// <summary>This network: private, shared (carrier or overlay networks) and unique local addresses.</summary>
    Private,

    /// <summary>This machine.</summary>
    Loopback,

    /// <summary>Link-local (where cloud machines find their credentials), multicast, unspecified, reserved.</summary>
    Never,
}
