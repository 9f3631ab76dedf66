namespace Homelab.Gateway.Errors;

/// <summary>One refusal as clients see it; written in the shape of the dialect they speak.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable machine code, INTERFACES section 4.</param>
/// <param name="Type">OpenAI's and Anthropic's class of error; never <c>server_error</c>, on whose sight some agents retry.</param>
/// <param name="Message">For people: what happened, where, and what to do.</param>
/// <param name="Param">The field at fault, if one is.</param>
internal sealed record GatewayError(int Status, string Code, string Type, string Message, string? Param = null)
{
    /// <summary>Sent as <c>Retry-After</c>; null where none is.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether SDKs are told not to ask again (<c>x-should-retry: false</c>).</summary>
    public bool NeverRetry { get; init; }
}
