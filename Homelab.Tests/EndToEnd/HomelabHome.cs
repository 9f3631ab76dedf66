namespace Homelab.Tests.EndToEnd;

/// <summary>A fresh <c>HOMELAB_HOME</c>; deleted when disposed.</summary>
internal sealed class HomelabHome : IDisposable
{
    public HomelabHome(string? yaml = null)
    {
        Path = Directory.CreateTempSubdirectory("homelab-test-").FullName;
        if (yaml is not null)
        {
            File.WriteAllText(ConfigurationFile, yaml);
        }
    }

    public string Path { get; }

    public string ConfigurationFile => System.IO.Path.Combine(Path, "homelab.yaml");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
