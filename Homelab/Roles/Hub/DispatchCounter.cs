namespace Homelab.Roles.Hub;

/// <summary>Requests of this hub at one model of one node. Safe from any thread.</summary>
internal sealed class DispatchCounter
{
    private int _count;
    private int _straight;

    /// <summary>All of them.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Those sent to the engine without passing its daemon, which therefore must be told of them.</summary>
    public int Straight => Volatile.Read(ref _straight);

    /// <returns>Whether the daemon must be told.</returns>
    public bool Take(bool straight)
    {
        Interlocked.Increment(ref _count);
        return straight && Interlocked.Increment(ref _straight) == 1;
    }

    /// <returns>As <see cref="Take"/>.</returns>
    public bool Return(bool straight)
    {
        Interlocked.Decrement(ref _count);
        return straight && Interlocked.Decrement(ref _straight) == 0;
    }
}
