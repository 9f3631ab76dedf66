namespace Homelab.Contracts;

/// <summary>One entry of a folder.</summary>
/// <param name="Name">Without its folder.</param>
/// <param name="Kind"><c>file</c>, <c>folder</c>, <c>link</c>, <c>pipe</c>, <c>socket</c>, <c>device</c> or <c>other</c>.</param>
/// <param name="SizeBytes">Of a file.</param>
/// <param name="ModifiedAt">When it was last written, by that machine's clock.</param>
/// <param name="Refused">Why it cannot be read; absent where it can.</param>
internal sealed record InfraEntryWire(string Name, string Kind, long? SizeBytes = null, DateTimeOffset? ModifiedAt = null, string? Refused = null);
