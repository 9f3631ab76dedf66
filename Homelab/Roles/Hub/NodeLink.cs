using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>How a node is reached now. Replaced as a whole when its address or key changes.</summary>
/// <param name="Address">Base URL of its daemon.</param>
/// <param name="AccessKey">By which its daemon lets this hub in. In memory only, never logged.</param>
/// <param name="Daemon">The node through its daemon.</param>
/// <param name="ExposedEngine">Base URL of its engine where it is exposed.</param>
/// <param name="Engine">The engine without its daemon, where it is exposed.</param>
internal sealed record NodeLink(string Address, string AccessKey, Upstream Daemon, string? ExposedEngine, Upstream? Engine)
{
    /// <summary>Leaves the key out: what is printed ends up in logs.</summary>
    public override string ToString() => Address;
}
