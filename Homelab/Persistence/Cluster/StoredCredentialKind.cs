namespace Homelab.Persistence.Cluster;

/// <summary>Who a stored credential speaks for.</summary>
internal enum StoredCredentialKind
{
    /// <summary>A program that uses the models, or an administrator.</summary>
    Service,

    /// <summary>One machine of the cluster.</summary>
    Node,

    /// <summary>A machine that wants to join; exchanged for a node's credential.</summary>
    Join,
}
