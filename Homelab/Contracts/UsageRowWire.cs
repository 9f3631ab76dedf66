namespace Homelab.Contracts;

/// <summary>What one key used of one model on one node.</summary>
/// <param name="Key">Name of the principal, never its secret.</param>
/// <param name="Model">Canonical name; absent where none was resolved.</param>
/// <param name="Node">Name of the node; absent where none served it.</param>
/// <param name="Requests">All, the failed included.</param>
/// <param name="Failed">Those answered with a status of 400 or more.</param>
/// <param name="PromptTokens">As engines counted.</param>
/// <param name="CompletionTokens">As engines counted.</param>
internal sealed record UsageRowWire(string Key, string? Model, string? Node, long Requests, long Failed, long PromptTokens, long CompletionTokens);
