namespace Homelab.Domain.Nodes;

/// <summary>How far a command under way is.</summary>
/// <param name="Phase"><c>queued</c>, <c>evicting</c>, <c>loading</c>, <c>unloading</c>, <c>pulling</c> or <c>verifying</c>.</param>
/// <param name="Status">The engine's words, or one sentence.</param>
/// <param name="CompletedBytes">Done of the whole; null where it cannot be told.</param>
/// <param name="TotalBytes">The whole.</param>
/// <param name="Fraction">0 to 1.</param>
/// <param name="RemainingSeconds">Expected time left.</param>
internal sealed record CommandProgress(string Phase, string? Status, long? CompletedBytes, long? TotalBytes, double? Fraction, double? RemainingSeconds);
