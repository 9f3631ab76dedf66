namespace Homelab.Apps.Downloads;

/// <summary>A transfer that several wait for. It ends early only when the last of them has left. The counts belong to the lock of its pool.</summary>
internal sealed class SharedTransfer(FileDemand demand, PartFile part) : IDisposable
{
    private readonly CancellationTokenSource _ending = new();

    public FileDemand Demand { get; } = demand;

    public PartFile Part { get; } = part;

    /// <summary>Gives the sum of what is in <see cref="Part"/>; started once, by its pool.</summary>
    public Task<string> Result { get; private set; } = Task.FromResult("");

    /// <summary>Who waits, for progress.</summary>
    public List<(string App, FileDemand Demand)> Waiting { get; } = [];

    /// <summary>Bytes that are still to come, as far as is known.</summary>
    public long Missing { get; set; }

    /// <summary>Nobody waits any more: it is ending, and cannot be joined.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Where the part went, once it was given its name: app and path.</summary>
    public (string App, string Path)? Placed { get; set; }

    public void Start(Func<CancellationToken, Task<string>> work) => Result = Task.Run(() => work(_ending.Token));

    /// <summary>Ends it, once.</summary>
    public void Abandon()
    {
        if (!IsAbandoned)
        {
            IsAbandoned = true;
            _ending.Cancel();
        }
    }

    /// <summary>After its end, when nobody can abandon it any more.</summary>
    public void Dispose() => _ending.Dispose();
}
