namespace Homelab.Cli.Doctor;

/// <summary>A finding as <c>doctor --output json</c> prints it.</summary>
/// <param name="Check">The check's name.</param>
/// <param name="Outcome"><c>ok</c>, <c>warn</c> or <c>fail</c>.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do.</param>
internal sealed record FindingWire(string Check, string Outcome, string Text, string? Fix);
