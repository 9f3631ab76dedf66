namespace Homelab.Persistence;

/// <summary>Something that went wrong with a document. Serving goes on.</summary>
/// <param name="Message">For people; names the file, never its content.</param>
internal sealed record StateFault(StateFaultKind Kind, string Document, string Message);
