namespace Homelab.Configuration;

/// <summary>One folder that may be read.</summary>
internal sealed class InfraRootConfig
{
    public string Name { get; set; } = "";

    public string Path { get; set; } = "";

    public List<string> Include { get; set; } = [];
}
