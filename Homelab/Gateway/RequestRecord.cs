namespace Homelab.Gateway;

/// <summary>What happened to one request, for metrics and usage.</summary>
/// <param name="Principal">Who asked, by name.</param>
/// <param name="Model">Canonical name, or null where none was resolved: unknown names never become labels.</param>
/// <param name="Route">The route's template, e.g. <c>/v1/chat/completions</c>.</param>
/// <param name="Tier">See <see cref="ILease.Tier"/>; null where refused.</param>
/// <param name="Status">The HTTP status sent; 499 where the client left before one.</param>
/// <param name="Outcome">Who ended it.</param>
/// <param name="Total">From the request's head to its last byte.</param>
/// <param name="FirstByte">To the first byte of the upstream's answer; null where none came.</param>
/// <param name="Overhead">Time that the gateway itself added before the upstream was asked, queue and load excluded.</param>
/// <param name="PromptTokens">As the engine counted; null where it did not.</param>
/// <param name="CompletionTokens">As the engine counted; null where it did not.</param>
/// <param name="Node">The node that served it, by name; null where refused.</param>
internal sealed record RequestRecord(
    string Principal,
    string? Model,
    string Route,
    string? Tier,
    int Status,
    ForwardOutcome Outcome,
    TimeSpan Total,
    TimeSpan? FirstByte,
    TimeSpan Overhead,
    long? PromptTokens,
    long? CompletionTokens,
    string? Node = null)
{
    /// <summary>Time that it waited for its lease, loads included.</summary>
    public TimeSpan Waited { get; init; }
}
