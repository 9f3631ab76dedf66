namespace Homelab.Cli.Doctor.Checks;

/// <summary>There is an Ollama to use or to start.</summary>
internal sealed class OllamaInstalledCheck : IDoctorCheck
{
    public string Name => "ollama";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama)
        {
            yield return new Finding(Name, FindingOutcome.Ok, facts.IsSimulated ? "not used: the SIMULATED engine serves, every answer is made up" : "not used: daemon.engines.ollama.manage is off");
        }
        else if (facts.OllamaExecutable is { } path)
        {
            yield return new Finding(Name, FindingOutcome.Ok, $"found at {path}");
        }
        else if (facts.Ollama.Version is null)
        {
            yield return new Finding(
                Name,
                FindingOutcome.Fail,
                facts.Config.Daemon.Engines.Ollama.Executable is { } chosen ? $"daemon.engines.ollama.executable names {chosen}, which does not exist" : "it is neither running nor installed",
                "HOMELAB_DAEMON__ENGINES__OLLAMA__INSTALL=auto homelab daemon");
        }
    }
}
