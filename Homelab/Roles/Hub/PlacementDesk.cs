using System.Collections.Concurrent;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Placement;
using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>The requests that wait for the cluster's loop. Asked from any thread, answered on the loop.</summary>
internal sealed class PlacementDesk(ClusterLoop loop, Func<string, ModelName, bool, Dispatch?> dispatch)
{
    private readonly ConcurrentDictionary<long, PlacementWaiter> _waiters = new();
    private long _lastId;

    /// <summary>Requests that wait now.</summary>
    public int Waiting => _waiters.Count;

    /// <summary>Waits for a decision that is no load. What was counted for it is the caller's to return.</summary>
    public async Task<(PlacementDecision Decision, Dispatch? Dispatch)> WaitAsync(PlacementDemand demand, string principal, TimeSpan longest, RouteProgress progress, CancellationToken cancellation)
    {
        var now = loop.Now;
        var waiter = new PlacementWaiter(Interlocked.Increment(ref _lastId), demand.Model, progress);
        _waiters[waiter.Id] = waiter;
        try
        {
            if (!loop.TryPost(new ClusterEvent.LeaseWanted(new ClusterWaiter(waiter.Id, demand, principal, now, now + longest))))
            {
                return (new PlacementDecision.QueueFull(_waiters.Count), null);
            }

            await using var registration = cancellation.UnsafeRegister(static (state, token) => ((PlacementWaiter)state!).TryLeave(token), waiter).ConfigureAwait(false);
            return await waiter.Answer.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Never dropped: a waiter that the loop still counts would hold its place for ever.
            await loop.PostAsync(new ClusterEvent.WaiterLeft(waiter.Id), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _waiters.TryRemove(waiter.Id, out _);
        }
    }

    /// <summary>Answers a waiter; called on the loop, so that the next decision counts this one.</summary>
    public void Answer(long id, PlacementDecision decision)
    {
        if (!_waiters.TryGetValue(id, out var waiter))
        {
            return;
        }

        var taken = decision switch
        {
            PlacementDecision.Route route => dispatch(route.Node.Id, waiter.Model, true),
            PlacementDecision.Queue queue => dispatch(queue.Node.Id, waiter.Model, false),
            _ => null,
        };
        if (!waiter.TryAnswer(decision, taken))
        {
            taken?.Dispose();
        }
    }

    /// <summary>Tells everyone who waits how far they are.</summary>
    public void ReportProgress(ClusterSnapshot snapshot, TimeSpan now)
    {
        foreach (var waiter in _waiters.Values)
        {
            waiter.Progress.Current = ProgressOf(snapshot, waiter, now);
        }
    }

    private static ProgressReport ProgressOf(ClusterSnapshot snapshot, PlacementWaiter waiter, TimeSpan now)
    {
        var load = snapshot.Waiters.GetValueOrDefault(waiter.Id) is { Load: { } id, Node: { } node } ? snapshot.Loads.On(node).FirstOrDefault(l => l.Id == id) : null;
        if (load is null)
        {
            return new ProgressReport("queued", waiter.Model.Value, null, null);
        }

        var whole = load.ReadyAt - load.Since;
        var left = load.ReadyAt - now;
        return whole > TimeSpan.Zero && left > TimeSpan.Zero
            ? new ProgressReport("loading", waiter.Model.Value, Math.Clamp((now - load.Since) / whole, 0, 0.99), left)
            : new ProgressReport("loading", waiter.Model.Value, null, null);
    }
}
