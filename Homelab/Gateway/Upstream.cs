using System.Text;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway;

/// <summary>Where a routed request goes. One instance an engine, node or hub, shared by all requests.</summary>
/// <param name="HostHeader">The <c>Host</c> that the upstream insists on, e.g. <c>127.0.0.1:11434</c>.</param>
/// <param name="Pool">Its connections. Nothing in them limits a generation or sends one again.</param>
/// <param name="IsEngine">True for an engine itself: fields that would make it reload are removed and the service key is not passed on.
/// False for another homelab machine, which is told of the hop and may refuse.</param>
/// <param name="Engine">The engine's name for headers and metrics, e.g. <c>ollama</c> or <c>simulated</c>.</param>
/// <param name="Node">The node's name; for a hub how people know it.</param>
internal sealed record Upstream(string HostHeader, UpstreamPool Pool, bool IsEngine, string Engine, string Node)
{
    /// <summary>What a hub is called among those that a demand excludes; no node's id.</summary>
    public const string Hub = "hub";

    /// <summary>Sent as <c>Authorization: Bearer</c>; null: none. Never logged.</summary>
    public string? Credential { get; init; }

    /// <summary>The node's id; null for this machine's own engine, and for a hub.</summary>
    public string? NodeId { get; init; }

    /// <summary>How a demand names it once it could not serve; null for this machine's own engine, which may be asked again.</summary>
    public string? ExcludedAs => NodeId ?? (IsEngine ? null : Hub);

    /// <summary>The app's name, where it is one: a program of the user's that is told of what it needs and nothing of ours. Null for an engine and for a machine.</summary>
    public string? App { get; init; }

    /// <summary>What an error message calls it.</summary>
    public string Subject => App is { } app ? $"the app {app} on {Node}" : IsEngine ? $"the engine on {Node}" : NodeId is null ? $"the hub at {Pool.Address.Authority}" : Node;

    /// <summary>Without the credential.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Node = ").Append(Node).Append(", Engine = ").Append(Engine).Append(", Address = ").Append(Pool.Address);
        return true;
    }
}
