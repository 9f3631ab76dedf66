namespace Homelab.Domain.Cluster;

/// <summary>What became of a heartbeat.</summary>
internal enum BeatVerdict
{
    /// <summary>It is the newest of its node.</summary>
    Accepted,

    /// <summary>It was here already; the answer is the same as then, nothing changed.</summary>
    Duplicate,

    /// <summary>A newer one was here before; nothing changed.</summary>
    Stale,

    /// <summary>Of a run that another one has superseded; nothing changed.</summary>
    StaleBoot,

    /// <summary>The hub does not know the node.</summary>
    UnknownNode,
}
