using Homelab.Control;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Files are not shown.</summary>
internal sealed class InfraException(InfraProblem problem) : Exception(problem.Message)
{
    public InfraProblem Problem => problem;

    /// <summary>The rules forbid it.</summary>
    public static InfraException Refused(string message) => new(new InfraProblem(InfraProblem.Refused, message));
}
