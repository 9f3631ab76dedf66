namespace Homelab.Configuration;

/// <summary><c>homelab.yaml</c>: everything a user can set. Read once; never changed afterwards. Snake-case keys as in the file.</summary>
/// <remarks>Plain settable classes, because the YAML generator cannot build records or init-only properties.</remarks>
internal sealed class HomelabConfig
{
    public NodeConfig Node { get; set; } = new();

    public DaemonConfig Daemon { get; set; } = new();

    public List<ModelConfig> Models { get; set; } = [];

    public HubConfig Hub { get; set; } = new();

    public InfraConfig Infra { get; set; } = new();

    public McpConfig Mcp { get; set; } = new();
}
