namespace Homelab.Gateway.Forwarding;

/// <summary>What a request is waiting for; each has its own time-out.</summary>
internal enum WatchPhase
{
    /// <summary>Nothing that is bounded here.</summary>
    None,

    /// <summary>The client's body.</summary>
    ReadingBody,

    /// <summary>The engine's first byte.</summary>
    FirstByte,

    /// <summary>The next bytes of an answer that has begun.</summary>
    Stream,

    /// <summary>The client to take what was written.</summary>
    Client,

    /// <summary>Never waited for: the daemon stops, and the time that running requests get is over.</summary>
    Shutdown,
}
