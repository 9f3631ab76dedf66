namespace Homelab.Roles.Daemon.Link;

/// <summary>How the link to one hub stands, as people are told.</summary>
internal enum HubLinkState
{
    /// <summary>Nothing was heard of it yet.</summary>
    Connecting,

    /// <summary>It answered the last heartbeat, or holds it.</summary>
    Connected,

    /// <summary>It does not answer.</summary>
    Unreachable,

    /// <summary>It answers, and refuses this machine.</summary>
    Refused,
}
