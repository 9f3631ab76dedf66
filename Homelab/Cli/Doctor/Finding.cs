namespace Homelab.Cli.Doctor;

/// <summary>What one check found.</summary>
/// <param name="Check">The check's name.</param>
/// <param name="Outcome">How it is.</param>
/// <param name="Text">What was found, one sentence.</param>
/// <param name="Fix">What to run or to write; null where there is nothing to do.</param>
internal sealed record Finding(string Check, FindingOutcome Outcome, string Text, string? Fix = null);
