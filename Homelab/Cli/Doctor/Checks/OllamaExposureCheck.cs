using System.Net;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>Ollama, which has no keys, is not open to the network.</summary>
internal sealed class OllamaExposureCheck : IDoctorCheck
{
    public string Name => "ollama exposure";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama || facts.Ollama.Version is null || !Uri.TryCreate(facts.Config.Daemon.Engines.Ollama.Url, UriKind.Absolute, out var url))
        {
            yield break;
        }

        if (!url.IsLoopback)
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"Ollama is used over the network at {url.Authority}, without a key and in the clear", "run homelab daemon on that machine instead");
        }
        else if (facts.Listeners.FirstOrDefault(l => l.Port == url.Port && !IPAddress.IsLoopback(l.Address)) is { } open)
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"Ollama listens at {open}: anyone who reaches this machine can use and delete its models without a key", "start it with OLLAMA_HOST=127.0.0.1 and let others use homelab's port with a key");
        }
        else if (facts.Config.Daemon.Engines.Ollama.Expose && facts.Config.Daemon.Hub.Any(h => Uri.TryCreate(h, UriKind.Absolute, out var hub) && !hub.IsLoopback))
        {
            yield return new Finding(Name, FindingOutcome.Warn, "daemon.engines.ollama.expose is on, but Ollama listens on this machine only: the hub cannot reach it", "start Ollama with OLLAMA_HOST=0.0.0.0, which opens it to the network without a key, or turn expose off");
        }
        else
        {
            yield return new Finding(Name, FindingOutcome.Ok, "only this machine can reach it");
        }
    }
}
