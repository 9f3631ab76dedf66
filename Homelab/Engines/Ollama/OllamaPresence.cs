namespace Homelab.Engines.Ollama;

/// <summary>What was found at the configured address.</summary>
internal enum OllamaPresence
{
    /// <summary>Nobody answers.</summary>
    Nobody,

    /// <summary>An Ollama answers.</summary>
    Ollama,

    /// <summary>Something answers that is no Ollama.</summary>
    SomethingElse,
}
