namespace Homelab.Configuration;

/// <summary><c>mcp:</c>, the cluster as tools for agents.</summary>
internal sealed class McpConfig
{
    /// <summary>One address or a list, <c>host:port</c>. Anything but loopback needs <see cref="ApiKeys"/>.</summary>
    public StringList Listen { get; set; } = ["127.0.0.1:8092"];

    /// <summary>A daemon or a hub; null: the hub of <c>daemon.hub</c> where there is a key for it, else this machine's daemon.</summary>
    public string? Target { get; set; }

    /// <summary>What is sent to the target. The tools can do what it may do, and nothing else.</summary>
    public string? Key { get; set; }

    /// <summary>What agents must send to this server.</summary>
    public List<string> ApiKeys { get; set; } = [];

    /// <summary>Whether the tools that change anything are left out.</summary>
    public bool ReadOnly { get; set; }

    public List<string> AllowedHosts { get; set; } = [];

    public List<string> AllowedOrigins { get; set; } = [];
}
