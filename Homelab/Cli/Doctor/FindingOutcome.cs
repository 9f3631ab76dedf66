namespace Homelab.Cli.Doctor;

/// <summary>What a check came to.</summary>
internal enum FindingOutcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but not as well or as safely as it could.</summary>
    Warn,

    /// <summary>Something does not work, or will not.</summary>
    Fail,
}
