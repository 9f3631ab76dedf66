namespace Homelab.Cli.Doctor.Checks;

/// <summary>The clock is right enough for certificates, events and usage.</summary>
internal sealed class ClockCheck : IDoctorCheck
{
    /// <summary>No build of homelab is older.</summary>
    private static readonly DateTimeOffset Earliest = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public string Name => "clock";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        const string fix = "timedatectl set-ntp true";
        if (facts.Now < Earliest)
        {
            yield return new Finding(Name, FindingOutcome.Fail, $"the clock says {facts.Now:yyyy-MM-dd}, which is long gone; downloads will fail", fix);
        }
        else if (facts.Files.FirstOrDefault(f => f.ChangedAt - facts.Now > Tolerance) is { } file)
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"{file.Path} was changed in the future: the clock went back", fix);
        }
        else
        {
            yield return new Finding(Name, FindingOutcome.Ok, $"it is {facts.Now:yyyy-MM-dd HH:mm} UTC");
        }
    }
}
