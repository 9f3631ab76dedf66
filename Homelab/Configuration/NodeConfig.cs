namespace Homelab.Configuration;

/// <summary><c>node:</c>, who this machine is.</summary>
internal sealed class NodeConfig
{
    /// <summary>Default: the host's name.</summary>
    public string? Name { get; set; }

    public Dictionary<string, string> Labels { get; set; } = [];
}
