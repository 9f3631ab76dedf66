namespace Homelab.Configuration;

/// <summary><c>daemon.engines:</c></summary>
internal sealed class EnginesConfig
{
    public OllamaConfig Ollama { get; set; } = new();

    public LlamaCppConfig LlamaCpp { get; set; } = new();

    public SimulatedConfig Simulated { get; set; } = new();
}
