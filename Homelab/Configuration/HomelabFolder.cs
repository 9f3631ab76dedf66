namespace Homelab.Configuration;

/// <summary>Where homelab keeps its files: <c>$HOMELAB_HOME</c>, else <c>~/.homelab</c>.</summary>
internal sealed class HomelabFolder
{
    public HomelabFolder(string root) => Root = Path.GetFullPath(root);

    public string Root { get; }

    public string Configuration => Path.Combine(Root, "homelab.yaml");

    public string State => Path.Combine(Root, "state");

    public string Engines => Path.Combine(Root, "engines");

    /// <summary>The manifests of apps.</summary>
    public string Apps => Path.Combine(Root, "apps");

    /// <summary>The files of apps, a folder each.</summary>
    public string Files => Path.Combine(Root, "files");

    public string Logs => Path.Combine(Root, "logs");

    /// <summary>The folder that this process's environment names.</summary>
    public static HomelabFolder FromEnvironment() => Of(EnvironmentOverrides.OfProcess());

    /// <summary>The folder that an environment names.</summary>
    public static HomelabFolder Of(IReadOnlyDictionary<string, string> environment) =>
        new(environment.TryGetValue("HOMELAB_HOME", out var home) && home.Length > 0
            ? UserPath.Expand(home, environment)
            : UserPath.Expand("~/.homelab", environment));
}
