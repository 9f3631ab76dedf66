using System.Net;
using System.Net.Sockets;
using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Engines.Ollama;
using Homelab.Tests.EndToEnd.Engines;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>Engine and supervisor with the Ollama that is installed here, without models of its user.</summary>
public sealed class RealOllamaTests
{
    [RealOllamaFact]
    public async Task Real_ollama_is_started_observed_and_stopped()
    {
        using var folder = new TemporaryFolder();
        Environment.SetEnvironmentVariable("OLLAMA_MODELS", folder.At("models"));
        var config = new HomelabConfig();
        config.Daemon.Engines.Ollama.Executable = RealOllamaExecutable.Path;
        config.Daemon.Engines.Ollama.Url = $"http://127.0.0.1:{FreePort()}";
        await using var engine = EngineFactory.CreateOllama(config, new HomelabFolder(folder.Path), TimeProvider.System);
        await engine.StartAsync(default);
        Assert.Equal(OllamaPhase.Running, engine.State?.Phase);
        var seen = await engine.ObserveAsync(default);
        Assert.NotEmpty(seen.Version);
        Assert.Empty(seen.Installed);
        Assert.Empty(seen.Loaded);
        var missing = ModelName.Parse("no-such-model");
        Assert.Equal(LoadFailure.NotInstalled, (await Assert.ThrowsAsync<EngineException>(() => engine.LoadAsync("no-such-model:latest", isEmbedder: false, default))).Kind);
        Assert.Equal(LoadFailure.NotInstalled, (await Assert.ThrowsAsync<EngineException>(() => engine.PrepareAsync(missing, new LoadSettings(4096, 1), default))).Kind);
        await engine.DisposeAsync();
        Assert.Equal(OllamaPhase.Stopped, engine.State?.Phase);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A test that needs the real one.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RealOllamaFactAttribute : FactAttribute
    {
        public RealOllamaFactAttribute()
        {
            Skip = RealOllamaExecutable.Missing;
        }
    }
}
