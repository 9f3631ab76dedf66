namespace Homelab.Roles.Daemon;

/// <summary><c>state/node.json</c>: who this node is, made at its first start.</summary>
internal sealed class NodeIdentityDocument
{
    /// <summary>32 hexadecimal digits; names the node for ever, whatever it is called.</summary>
    public string Id { get; set; } = "";
}
