namespace Homelab.Bench.Placement;

/// <summary>One request of a trace.</summary>
/// <param name="At">Seconds after the start.</param>
/// <param name="Model">Which of the thirty.</param>
/// <param name="Service">Seconds that it holds a place once served.</param>
internal readonly record struct PolicyRequest(double At, int Model, double Service);
