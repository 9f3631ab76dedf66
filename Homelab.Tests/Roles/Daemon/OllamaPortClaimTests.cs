using Homelab.Configuration;
using Homelab.Roles.Daemon;

namespace Homelab.Tests.Roles.Daemon;

public sealed class OllamaPortClaimTests
{
    [Fact]
    public void Unasked_nothing_changes()
    {
        var daemon = new DaemonConfig();
        OllamaPortClaim.Apply(daemon);

        Assert.Equal(["127.0.0.1:42420"], daemon.Listen);
        Assert.Equal("http://127.0.0.1:11434", daemon.Engines.Ollama.Url);
    }

    [Fact]
    public void The_daemon_answers_on_ollamas_port_and_ollama_moves_behind_it()
    {
        var daemon = new DaemonConfig { ClaimOllamaPort = true };
        OllamaPortClaim.Apply(daemon);
        OllamaPortClaim.Apply(daemon);

        Assert.Equal(["127.0.0.1:42420", "127.0.0.1:11434"], daemon.Listen);
        Assert.Equal("http://127.0.0.1:11435", daemon.Engines.Ollama.Url);
    }

    [Fact]
    public void An_engine_that_already_listens_elsewhere_stays_there()
    {
        var daemon = new DaemonConfig { ClaimOllamaPort = true };
        daemon.Engines.Ollama.Url = "http://127.0.0.1:18000";
        OllamaPortClaim.Apply(daemon);

        Assert.Equal("http://127.0.0.1:18000", daemon.Engines.Ollama.Url);
    }
}
