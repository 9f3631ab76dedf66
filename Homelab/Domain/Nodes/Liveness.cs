namespace Homelab.Domain.Nodes;

/// <summary>Whether a hub may count on a node, judged on the hub's own monotonic clock.</summary>
internal enum Liveness
{
    /// <summary>Its last heartbeat is recent.</summary>
    Live,

    /// <summary>Silent for a while, or a connection to it broke: keeps what it last said, gets nothing new.</summary>
    Suspect,

    /// <summary>Silent for so long that what it held counts no more.</summary>
    Lost,

    /// <summary>It said goodbye.</summary>
    Left,
}
