namespace Homelab.Contracts;

/// <summary>One NDJSON line of a load, unload or pull. The last line has <c>done: true</c> and either a result or an error.</summary>
/// <param name="Phase"><c>queued</c>, <c>evicting</c>, <c>loading</c>, <c>starting</c>, <c>unloading</c>, <c>pulling</c>, <c>downloading</c>, <c>verifying</c> or <c>done</c>.</param>
/// <param name="Status">The engine's words, or one sentence.</param>
/// <param name="CompletedBytes">Done of the whole; absent where it cannot be told.</param>
/// <param name="TotalBytes">The whole.</param>
/// <param name="Fraction">0 to 1.</param>
/// <param name="RemainingSeconds">Expected time left.</param>
/// <param name="Done">Whether this is the last line.</param>
/// <param name="Result">On the last line of a success.</param>
/// <param name="Error">On the last line of a failure; the HTTP status was sent long before.</param>
internal sealed record ProgressWire(
    string Phase,
    string? Status = null,
    long? CompletedBytes = null,
    long? TotalBytes = null,
    double? Fraction = null,
    double? RemainingSeconds = null,
    bool Done = false,
    ModelCommandResultWire? Result = null,
    ErrorDetailWire? Error = null);
