namespace Homelab.Configuration;

/// <summary>One entry of <c>hub.service_keys:</c></summary>
internal sealed class ServiceKeyConfig
{
    public string Name { get; set; } = "";

    public string Key { get; set; } = "";

    public List<string> Models { get; set; } = ["*"];

    public int? RequestsPerMinute { get; set; }

    public bool Admin { get; set; }

    /// <summary>Whether it may read files of machines.</summary>
    public bool Infra { get; set; }
}
