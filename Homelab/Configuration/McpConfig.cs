namespace Homelab.Configuration;

/// <summary><c>mcp:</c></summary>
internal sealed class McpConfig
{
    public string Listen { get; set; } = "127.0.0.1:8092";

    /// <summary>A daemon or a hub.</summary>
    public string Target { get; set; } = "http://127.0.0.1:42420";

    public string? Key { get; set; }
}
