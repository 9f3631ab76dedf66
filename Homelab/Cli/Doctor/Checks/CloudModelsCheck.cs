namespace Homelab.Cli.Doctor.Checks;

/// <summary>Says which listed models run on somebody else's machine.</summary>
internal sealed class CloudModelsCheck : IDoctorCheck
{
    public string Name => "cloud models";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        var cloud = facts.Ollama.Models.Where(m => m.IsCloud).Select(m => m.Name.Value).ToList();
        if (!facts.UsesOllama || cloud.Count == 0)
        {
            yield break;
        }

        var names = string.Join(", ", cloud);
        yield return facts.Config.Daemon.AllowCloudModels
            ? new Finding(Name, FindingOutcome.Warn, $"prompts for {names} leave this machine: daemon.allow_cloud_models is true", "set daemon.allow_cloud_models to false")
            : new Finding(Name, FindingOutcome.Ok, $"{names} would run elsewhere and are not served");
    }
}
