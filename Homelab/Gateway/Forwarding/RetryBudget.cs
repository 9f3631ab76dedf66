namespace Homelab.Gateway.Forwarding;

/// <summary>How many requests may be tried again: a fifth of those of the last ten seconds, and three in any case, so that machines in trouble are not sent a
/// multiple of what they cannot serve. Safe from any thread.</summary>
internal sealed class RetryBudget(TimeProvider time)
{
    /// <summary>Retries in <see cref="Seconds"/> that are always allowed.</summary>
    public const int Least = 3;

    /// <summary>One retry for so many requests.</summary>
    public const int Share = 5;

    /// <summary>What is counted.</summary>
    public const int Seconds = 10;

    private readonly Lock _lock = new();
    private readonly (long Second, int Requests, int Retries)[] _slots = new (long, int, int)[Seconds];

    public void CountRequest()
    {
        lock (_lock)
        {
            Current().Requests++;
        }
    }

    /// <summary>Takes one retry; false where none is left.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            ref var current = ref Current();
            var (requests, retries) = (0, 0);
            foreach (var slot in _slots)
            {
                if (current.Second - slot.Second < Seconds)
                {
                    requests += slot.Requests;
                    retries += slot.Retries;
                }
            }

            if (retries >= Least && retries >= requests / Share)
            {
                return false;
            }

            current.Retries++;
            return true;
        }
    }

    private ref (long Second, int Requests, int Retries) Current()
    {
        var second = time.GetTimestamp() / time.TimestampFrequency;
        ref var slot = ref _slots[(int)(second % Seconds)];
        if (slot.Second != second)
        {
            slot = (second, 0, 0);
        }

        return ref slot;
    }
}
