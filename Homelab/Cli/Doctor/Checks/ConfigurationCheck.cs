namespace Homelab.Cli.Doctor.Checks;

/// <summary>The configuration can be read and makes sense.</summary>
internal sealed class ConfigurationCheck : IDoctorCheck
{
    public string Name => "configuration";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        foreach (var problem in facts.Loaded.Problems)
        {
            yield return new Finding(Name, FindingOutcome.Fail, problem.ToString(), "homelab config check");
        }

        foreach (var warning in facts.Loaded.Warnings)
        {
            yield return new Finding(Name, FindingOutcome.Warn, warning.ToString(), "take it out, or wait for a version that knows it");
        }

        if (facts.Loaded.Problems.Count == 0)
        {
            yield return new Finding(Name, FindingOutcome.Ok, facts.Loaded.FileExists ? $"{facts.Loaded.File} is valid" : $"there is no {facts.Loaded.File}; the defaults are used");
        }
    }
}
