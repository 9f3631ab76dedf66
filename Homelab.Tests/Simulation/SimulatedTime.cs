namespace Homelab.Tests.Simulation;

/// <summary>A queue of what happens when. What is due at one instant happens in the order in which it was planned, so a seed decides everything.</summary>
internal sealed class SimulatedTime
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _queue = new();
    private long _order;

    public TimeSpan Now { get; private set; }

    public void After(double seconds, Action action) => _queue.Enqueue(action, (Now + TimeSpan.FromSeconds(seconds), _order++));

    /// <summary>Lets time pass.</summary>
    public void Run(double seconds, Action after)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (_queue.TryPeek(out var action, out var due) && due.At <= end)
        {
            _queue.Dequeue();
            Now = due.At;
            action();
            after();
        }

        Now = end;
    }
}
