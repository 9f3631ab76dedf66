using Homelab.Configuration;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>Ollama answers, or will be started.</summary>
internal sealed class OllamaRunningCheck : IDoctorCheck
{
    public string Name => "ollama runs";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama)
        {
            yield break;
        }

        var url = facts.Config.Daemon.Engines.Ollama.Url;
        if (facts.Ollama.Version is not null)
        {
            yield return new Finding(Name, FindingOutcome.Ok, $"it answers at {url}");
        }
        else if (facts.Config.Daemon.Engines.Ollama.Manage == ManageMode.Never)
        {
            yield return new Finding(Name, FindingOutcome.Fail, $"it does not answer at {url}, and daemon.engines.ollama.manage is never: {facts.Ollama.Problem}", "ollama serve");
        }
        else if (facts.Daemon is not null)
        {
            yield return new Finding(Name, FindingOutcome.Fail, $"it does not answer at {url} although the daemon runs: {facts.Ollama.Problem}", "homelab events --since 10m");
        }
        else if (facts.OllamaExecutable is not null)
        {
            yield return new Finding(Name, FindingOutcome.Ok, "it does not run; the daemon will start it");
        }
    }
}
