namespace Homelab.Roles.Daemon;

/// <summary>Whether the hub can be asked to serve a request.</summary>
internal enum DelegationVerdict
{
    /// <summary>There is none, or it had its chance with this request.</summary>
    NoHub,

    /// <summary>It can: it is connected, and nothing says that it could not.</summary>
    Send,

    /// <summary>It is connected and no machine of the cluster has the model.</summary>
    NotListed,

    /// <summary>It does not answer, so nobody knows.</summary>
    Unreachable,

    /// <summary>It could, but another machine delegated the request to this one.</summary>
    Loop,
}
