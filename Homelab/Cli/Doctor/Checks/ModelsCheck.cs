using Homelab.Cli.Output;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>There is something to serve, and what the configuration names is there.</summary>
internal sealed class ModelsCheck : IDoctorCheck
{
    public string Name => "models";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama || facts.Ollama.Version is null)
        {
            yield break;
        }

        var local = facts.Ollama.Models.Where(m => !m.IsCloud).ToList();
        if (local.Count == 0)
        {
            yield return new Finding(Name, FindingOutcome.Warn, "no model is installed", "homelab models pull qwen3:8b");
            yield break;
        }

        var missing = facts.Config.Models.Select(m => m.Name).Concat(facts.Config.Models.SelectMany(m => m.Of))
            .OfType<string>()
            .Where(n => Domain.Models.ModelName.TryParse(n, out var name) && facts.Ollama.Models.All(m => m.Name != name))
            .Distinct()
            .ToList();
        foreach (var name in missing)
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"the configuration names {name}, which is not installed", $"homelab models pull {name}");
        }

        if (missing.Count == 0)
        {
            yield return new Finding(Name, FindingOutcome.Ok, $"{Units.Count(local.Count, "model")}, {Units.Bytes(local.Sum(m => m.Size.Bytes))} on disk");
        }
    }
}
