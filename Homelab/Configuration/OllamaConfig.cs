namespace Homelab.Configuration;

/// <summary><c>daemon.engines.ollama:</c></summary>
internal sealed class OllamaConfig
{
    public string Url { get; set; } = "http://127.0.0.1:11434";

    /// <summary>Whether the daemon starts <c>ollama serve</c> where none runs.</summary>
    public ManageMode Manage { get; set; } = ManageMode.Auto;

    /// <summary>Whether the daemon downloads Ollama where there is none.</summary>
    public InstallMode Install { get; set; } = InstallMode.Ask;

    /// <summary>Whether the hub may reach this engine without passing the daemon.</summary>
    public bool Expose { get; set; }

    /// <summary>Requests served at the same time by one replica.</summary>
    public int Parallel { get; set; } = 4;

    /// <summary>Tokens of context for every model; 0 leaves it to Ollama.</summary>
    public int Context { get; set; }

    /// <summary>Models that Ollama holds at the same time; 0: found out.</summary>
    public int MaxLoaded { get; set; }

    /// <summary>The executable; default: the one on PATH, then the one in <c>engines/</c>.</summary>
    public string? Executable { get; set; }

    /// <summary>Where official releases are downloaded from.</summary>
    public string DownloadUrl { get; set; } = "https://github.com/ollama/ollama/releases";
}
