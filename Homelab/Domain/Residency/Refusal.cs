namespace Homelab.Domain.Residency;

/// <summary>Why a request is not served, in the words and codes of the client surface.</summary>
/// <param name="Reason">Which answer of the table in DESIGN section 5.</param>
/// <param name="Message">For people: what happened, where, and what to do.</param>
/// <param name="RetryAfter">When asking again can help; null where it cannot.</param>
internal sealed record Refusal(RefusalReason Reason, string Message, TimeSpan? RetryAfter = null);
