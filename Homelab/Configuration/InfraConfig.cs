namespace Homelab.Configuration;

/// <summary><c>infra:</c>, what may be shown of this machine's files.</summary>
internal sealed class InfraConfig
{
    public List<InfraRootConfig> Roots { get; set; } = [];
}
