namespace Homelab.Roles.Daemon;

/// <summary>How a daemon's link to a hub stands.</summary>
internal enum HubState
{
    /// <summary>Nothing was heard of it yet.</summary>
    Connecting,

    /// <summary>It answered the last heartbeat, or holds it.</summary>
    Connected,

    /// <summary>It does not answer, or refuses this machine.</summary>
    Unreachable,
}
