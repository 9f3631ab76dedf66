namespace Homelab.Persistence.Cluster;

/// <summary>What one key used of one model on one node within an hour.</summary>
/// <param name="Hour">The hour's start; what lies within it is cut off.</param>
/// <param name="Requests">Failed ones included.</param>
internal sealed record StoredUsage(DateTimeOffset Hour, string Key, string Model, string Node, long Requests, long Failed, long PromptTokens, long CompletionTokens)
{
    /// <summary>The two together.</summary>
    public StoredUsage Plus(StoredUsage other) => this with
    {
        Requests = Requests + other.Requests,
        Failed = Failed + other.Failed,
        PromptTokens = PromptTokens + other.PromptTokens,
        CompletionTokens = CompletionTokens + other.CompletionTokens,
    };
}
