using System.Threading.Channels;
using Homelab.Control;
using Homelab.Domain.Cluster;

namespace Homelab.Roles.Hub;

/// <summary>The one writer of the cluster: applies events to the snapshot, publishes it, and hands effects out. Nothing slow runs here.</summary>
internal sealed class ClusterLoop
{
    private const int Capacity = 32_768;

    private readonly RoleClock _clock;
    private readonly DispatchTable _dispatches;
    private readonly ILogger _log;
    private readonly Channel<(ClusterEvent Change, TaskCompletionSource? Applied)> _events =
        Channel.CreateBounded<(ClusterEvent, TaskCompletionSource?)>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    private ClusterSnapshot _snapshot;

    public ClusterLoop(ClusterSnapshot initial, DispatchTable dispatches, RoleClock clock, ILogger log)
    {
        _snapshot = initial;
        _dispatches = dispatches;
        _clock = clock;
        _log = log;
    }

    /// <summary>The latest snapshot.</summary>
    public ClusterSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Time since the hub's start.</summary>
    public TimeSpan Now => _clock.Now;

    /// <summary>Carries an effect out; called on the loop, must return at once. Set once before <see cref="RunAsync"/>.</summary>
    public Action<ClusterEffect> Execute { get; set; } = _ => { };

    /// <summary>Called on the loop before a step's snapshot is published; must return at once.</summary>
    public Action<ClusterStep> Publishing { get; set; } = _ => { };

    /// <summary>Applies events until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var (change, applied) in _events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            Apply(change);
            applied?.TrySetResult();
        }
    }

    /// <summary>Applies what happened before anything runs: the nodes that the store knows.</summary>
    public void Prepare(IEnumerable<ClusterEvent> known)
    {
        foreach (var change in known)
        {
            Apply(change);
        }
    }

    /// <summary>Queues an event; waits while the channel is full.</summary>
    public ValueTask PostAsync(ClusterEvent change, CancellationToken cancellation = default) => _events.Writer.WriteAsync((change, null), cancellation);

    /// <summary>Queues an event and waits until the snapshot shows it; what is queued is applied also where the wait is cancelled.</summary>
    public async Task ApplyAsync(ClusterEvent change, CancellationToken cancellation)
    {
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _events.Writer.WriteAsync((change, applied), cancellation).ConfigureAwait(false);
        await applied.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Queues an event; false where the channel is full.</summary>
    public bool TryPost(ClusterEvent change) => _events.Writer.TryWrite((change, null));

    private void Apply(ClusterEvent change)
    {
        var before = _snapshot;
        ClusterStep step;
        try
        {
            step = ClusterReducer.Apply(before, change, _dispatches, _clock.Now);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The reducer is pure: a fault in it is a bug in one event's handling, and the cluster must outlive it.
            _log.LogError(fault, "the cluster could not apply {Event}", change.GetType().Name);
            return;
        }

        Guarded(change, Publishing, step);
        Volatile.Write(ref _snapshot, step.Snapshot);
        foreach (var effect in step.Effects)
        {
            Guarded(change, Execute, effect);
        }
    }

    /// <summary>What a node says of itself reaches effects too; no fault in one of them may end the cluster, or keep another one from being carried out.</summary>
    private void Guarded<T>(ClusterEvent change, Action<T> work, T on)
    {
        try
        {
            work(on);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _log.LogError(fault, "an effect of {Event} failed", change.GetType().Name);
        }
    }
}
