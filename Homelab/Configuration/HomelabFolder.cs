namespace Homelab.Configuration;

/// <summary>Where homelab keeps its files: <c>$HOMELAB_HOME</c>, else <c>~/.homelab</c>.</summary>
internal sealed class HomelabFolder
{
    public HomelabFolder(string root) => Root = Path.GetFullPath(root);

    public string Root { get; }

    public string Configuration => Path.Combine(Root, "homelab.yaml");

    public string State => Path.Combine(Root, "state");

    public string Engines => Path.Combine(Root, "engines");

    public string Logs => Path.Combine(Root, "logs");

    /// <summary>The folder that the environment names.</summary>
    public static HomelabFolder FromEnvironment() =>
        new(Environment.GetEnvironmentVariable("HOMELAB_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".homelab"));
}
