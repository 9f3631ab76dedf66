namespace Homelab.Cli.Doctor;

/// <summary>One thing that can be wrong with this machine's set-up. Pure: it judges facts that were read before.</summary>
internal interface IDoctorCheck
{
    /// <summary>In a word or two, lower case.</summary>
    string Name { get; }

    /// <summary>What is to be said; nothing where the check does not apply.</summary>
    IEnumerable<Finding> Check(DoctorFacts facts);
}
