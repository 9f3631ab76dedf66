namespace Homelab.Contracts;

/// <summary>Why a model could not be loaded.</summary>
/// <param name="Reason">The engine's own words.</param>
/// <param name="Attempts">Failures in a row.</param>
/// <param name="RetrySeconds">Until it may be tried again; 0 now.</param>
internal sealed record ModelFailureWire(string Reason, int Attempts, double RetrySeconds);
