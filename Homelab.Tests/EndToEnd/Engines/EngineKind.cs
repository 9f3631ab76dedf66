namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>Which Ollama stands behind the daemon.</summary>
public enum EngineKind
{
    /// <summary>One in this process that answers as the real one was recorded.</summary>
    Fake,

    /// <summary>The one that is installed here.</summary>
    Real,
}
