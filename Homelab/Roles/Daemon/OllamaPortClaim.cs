using Homelab.Configuration;

namespace Homelab.Roles.Daemon;

/// <summary><c>daemon.claim_ollama_port</c>: the daemon answers on Ollama's own port and runs Ollama behind it on the next one,
/// so that tools which only know Ollama need no set-up.</summary>
internal static class OllamaPortClaim
{
    private const string Claimed = "127.0.0.1:11434";
    private const string Behind = "http://127.0.0.1:11435";

    /// <summary>Adds the listener and moves the engine; nothing where it was not asked for. Done once, before anything is built from the configuration.</summary>
    public static void Apply(DaemonConfig daemon)
    {
        if (!daemon.ClaimOllamaPort)
        {
            return;
        }

        if (!daemon.Listen.Contains(Claimed))
        {
            daemon.Listen.Add(Claimed);
        }

        if (new Uri(daemon.Engines.Ollama.Url) is { IsLoopback: true, Port: 11434 })
        {
            daemon.Engines.Ollama.Url = Behind;
        }
    }
}
