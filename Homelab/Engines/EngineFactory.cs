using Homelab.Configuration;
using Homelab.Engines.Ollama;

namespace Homelab.Engines;

/// <summary>Builds engines from the configuration. Nothing is started or reached by building.</summary>
internal static class EngineFactory
{
    /// <summary>The Ollama engine.</summary>
    public static OllamaEngine CreateOllama(HomelabConfig config, HomelabFolder folder, TimeProvider time)
    {
        var ollama = config.Daemon.Engines.Ollama;
        var url = new Uri(ollama.Url);
        var client = new OllamaClient(new OllamaTransport(url, time));
        var settings = new OllamaServeSettings(url, ollama.Manage, ollama.Executable, folder, ollama.Parallel, ollama.Context, config.Daemon.AllowCloudModels, ollama.MaxLoaded, ollama.Expose);
        return new OllamaEngine(client, new OllamaSupervisor(settings, OllamaSupervisor.LookBy(client), time), config.Daemon.AllowCloudModels, time) { IsOff = ollama.Manage == ManageMode.Off };
    }

    /// <summary>What downloads Ollama where there is none.</summary>
    public static OllamaInstaller CreateOllamaInstaller(HomelabConfig config, HomelabFolder folder, TimeProvider time) =>
        new(new Uri(config.Daemon.Engines.Ollama.DownloadUrl.TrimEnd('/') + "/"), new OllamaFolder(folder), time);
}
