namespace Homelab.Engines.Ollama;

/// <summary>How the Ollama process stands.</summary>
internal enum OllamaPhase
{
    /// <summary>Not looked for yet.</summary>
    Unknown,

    /// <summary>Somebody else runs it; we use it and never stop it.</summary>
    Foreign,

    /// <summary>Our child is starting.</summary>
    Starting,

    /// <summary>Our child runs and answers.</summary>
    Running,

    /// <summary>Our child ended; the next start waits for its back-off.</summary>
    BackingOff,

    /// <summary>Nobody answers and there is nothing we could or may start.</summary>
    Absent,

    /// <summary>Nobody answers and there is no executable: it may be installed.</summary>
    NotInstalled,

    /// <summary>Stopped with the daemon.</summary>
    Stopped,
}
