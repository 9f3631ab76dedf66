namespace Homelab.Domain.Nodes;

/// <summary>What a command that was done came to.</summary>
/// <param name="State">The model's state on the node now, as on the wire.</param>
/// <param name="Bytes">Memory held (load) or bytes on disk (pull); null otherwise.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Message">One sentence for people; null where there is nothing to say.</param>
internal sealed record CommandResult(string State, long? Bytes, TimeSpan Elapsed, string? Message);
