using Homelab.Configuration;

namespace Homelab.Engines.Ollama;

/// <summary>How our own <c>ollama serve</c> is found and started.</summary>
/// <param name="Url">Where it must answer.</param>
/// <param name="Manage">Whether we may start it.</param>
/// <param name="Executable">The configured one; null: the one on <c>PATH</c>, then the one that homelab installed.</param>
/// <param name="HomeFolder">homelab's own folder, in which the installed one and the log are.</param>
/// <param name="Parallel">Requests served at the same time by one replica.</param>
/// <param name="Context">Tokens of context for every model; 0 leaves it to Ollama.</param>
/// <param name="AllowCloud">Whether Ollama may send requests to its cloud.</param>
/// <param name="MaximumLoaded">Models that Ollama holds at the same time; 0: as many as we like in our own, and of somebody else's it is found out.</param>
/// <param name="Expose">Whether other machines are to reach it: one on loopback is then started on all addresses.</param>
internal sealed record OllamaServeSettings(Uri Url, ManageMode Manage, string? Executable, HomelabFolder HomeFolder, int Parallel, int Context, bool AllowCloud, int MaximumLoaded = 0, bool Expose = false)
{
    /// <summary>What our own Ollama is started with where nothing is configured: no model goes for a number.</summary>
    public const int Plenty = 128;

    /// <summary>Where the installer puts it.</summary>
    public OllamaFolder Installed { get; } = new(HomeFolder);

    public string LogPath => Path.Combine(HomeFolder.Logs, "ollama.log");
}
