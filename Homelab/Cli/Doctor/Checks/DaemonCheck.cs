using Homelab.Cli.Output;
using Homelab.Clients;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>The daemon answers, lets us in, and is the same version.</summary>
internal sealed class DaemonCheck : IDoctorCheck
{
    public string Name => "daemon";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (facts.Daemon is { } status)
        {
            yield return status.Version == facts.Version
                ? new Finding(Name, FindingOutcome.Ok, $"{status.Role} {Units.Version(status.Version)} answers at {facts.Address.Authority}")
                : new Finding(Name, FindingOutcome.Warn, $"the {status.Role} at {facts.Address.Authority} is version {Units.Version(status.Version)}, this is {Units.Version(facts.Version)}", "restart it with this executable: homelab daemon");
            if (status.Engine is { State: not "up" } engine)
            {
                yield return new Finding(Name, FindingOutcome.Fail, $"its engine {engine.Name} is {engine.State}{(engine.Problem is { } why ? ": " + why : "")}", "homelab events --since 10m");
            }
        }
        else if (facts.DaemonProblem is { ExitCode: ControlException.NobodyAnswers } nobody)
        {
            yield return new Finding(Name, FindingOutcome.Warn, nobody.Message, "homelab daemon");
        }
        else if (facts.DaemonProblem is { } problem)
        {
            yield return new Finding(Name, FindingOutcome.Fail, problem.Message, problem.ExitCode == ControlException.NotAllowed ? "set HOMELAB_KEY to one of daemon.api_keys" : "homelab doctor --url http://127.0.0.1:42420");
        }
    }
}
