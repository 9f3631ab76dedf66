namespace Homelab.Hardware.Files;

/// <summary>An entry below a root was not opened.</summary>
/// <param name="problem">Why.</param>
/// <param name="detail">The system's words, for a failure.</param>
internal sealed class OpenRefusedException(OpenProblem problem, string? detail = null) : IOException(detail ?? problem.ToString())
{
    public OpenProblem Problem => problem;
}
