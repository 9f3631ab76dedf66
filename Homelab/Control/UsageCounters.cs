using Homelab.Gateway;

namespace Homelab.Control;

/// <summary>Counts the requests of one row of usage. Safe from any thread.</summary>
internal sealed class UsageCounters
{
    private long _requests;
    private long _failed;
    private long _prompt;
    private long _completion;

    public long Requests => Volatile.Read(ref _requests);

    public long Failed => Volatile.Read(ref _failed);

    public long PromptTokens => Volatile.Read(ref _prompt);

    public long CompletionTokens => Volatile.Read(ref _completion);

    public void Add(RequestRecord record)
    {
        Interlocked.Increment(ref _requests);
        if (record.Status >= 400)
        {
            Interlocked.Increment(ref _failed);
        }

        Interlocked.Add(ref _prompt, record.PromptTokens ?? 0);
        Interlocked.Add(ref _completion, record.CompletionTokens ?? 0);
    }

    /// <summary>Takes what was counted and begins anew; counter by counter, so that whoever adds meanwhile is counted now or the next time.</summary>
    /// <returns>Null where there was no request.</returns>
    public (long Requests, long Failed, long PromptTokens, long CompletionTokens)? Take() =>
        Interlocked.Exchange(ref _requests, 0) is > 0 and var requests
            ? (requests, Interlocked.Exchange(ref _failed, 0), Interlocked.Exchange(ref _prompt, 0), Interlocked.Exchange(ref _completion, 0))
            : null;
}
