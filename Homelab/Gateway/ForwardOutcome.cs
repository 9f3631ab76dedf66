namespace Homelab.Gateway;

/// <summary>How a request ended, named after who ended it.</summary>
internal enum ForwardOutcome
{
    /// <summary>Forwarded to its end.</summary>
    Completed,

    /// <summary>Refused before it was forwarded.</summary>
    Refused,

    /// <summary>The client left.</summary>
    ClientGone,

    /// <summary>The client stopped reading, or sent its body too slowly.</summary>
    ClientStalled,

    /// <summary>The upstream could not be reached, or closed before it answered.</summary>
    UpstreamUnreachable,

    /// <summary>The upstream's answer ended without its end mark.</summary>
    UpstreamCut,

    /// <summary>The upstream sent nothing for too long.</summary>
    UpstreamStalled,
}
