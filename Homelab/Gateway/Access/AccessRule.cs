namespace Homelab.Gateway.Access;

/// <summary>Who may call an endpoint. Every endpoint declares one; without it every request is refused.</summary>
internal enum AccessRule
{
    /// <summary>Anyone that passes the Host and Origin checks: probes and the dashboard's assets.</summary>
    Open,

    /// <summary>Any key or credential, or loopback.</summary>
    Client,

    /// <summary>A key that may change what is installed or loaded, or loopback.</summary>
    Admin,

    /// <summary>A key that may read the files that machines' own configuration opened (an admin's may), or loopback. Never a machine's credential.</summary>
    Infra,

    /// <summary>A node's credential and nothing else, loopback included: the node speaks for itself.</summary>
    Node,
}
