namespace Homelab.Gateway;

/// <summary>One report of a wait.</summary>
/// <param name="Phase">What is being waited for: <c>queued</c>, <c>evicting</c> or <c>loading</c>.</param>
/// <param name="Model">The model that will serve the request.</param>
/// <param name="Fraction">Part done, 0 to 1, where it can be told.</param>
/// <param name="Remaining">Time left, where it can be told.</param>
internal sealed record ProgressReport(string Phase, string Model, double? Fraction, TimeSpan? Remaining);
