using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>The one writer of what this node holds: applies events to the snapshot, publishes it, and hands effects out.
/// Nothing slow runs here; gates and waiters are answered in place, everything else goes to <see cref="EffectExecutor"/>.</summary>
internal sealed class ResidencyLoop
{
    private const int Capacity = 8192;

    private readonly RoleClock _clock;
    private readonly ILogger _log;
    private readonly Channel<ResidencyEvent> _events = Channel.CreateBounded<ResidencyEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly ConcurrentDictionary<ModelName, LocalModel> _models = new();
    private readonly ConcurrentDictionary<long, PendingWaiter> _waiters = new();
    private readonly Queue<ResidencyEvent> _followUps = new();
    private ResidencySnapshot _snapshot;
    private long _lastWaiterId;
    private int _missedReturn;

    public ResidencyLoop(ResidencySnapshot initial, RoleClock clock, ILogger log)
    {
        _snapshot = initial;
        _clock = clock;
        _log = log;
    }

    public TimeProvider Time => _clock.Time;

    /// <summary>Raised on the loop after each event, with the snapshots before and after; must return at once.</summary>
    public event Action<ResidencySnapshot, ResidencySnapshot>? Changed;

    /// <summary>What does the slow work; set once before <see cref="RunAsync"/>.</summary>
    public Action<ResidencyEffect> Execute { get; set; } = _ => { };

    /// <summary>The latest snapshot.</summary>
    public ResidencySnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Time since the daemon's start.</summary>
    public TimeSpan Now => _clock.Now;

    /// <summary>Requests that wait now.</summary>
    public int Waiting => _waiters.Count;

    /// <summary>The model's counter and names; made at the first question, kept for ever (their number is that of names installed or asked for by an operator).</summary>
    public LocalModel Model(ModelName name) =>
        _models.GetOrAdd(name, static (key, clock) => new LocalModel(key, new ReplicaGate(clock.Time, clock.Started)), _clock);

    /// <summary>Whether the scheduler knows of anybody who waits.</summary>
    public bool SomebodyWaits => !Snapshot.Waiters.IsEmpty;

    /// <summary>Leases held now over all models.</summary>
    public int CountLeases() => _models.Values.Sum(m => m.Gate.Leases);

    /// <summary>Applies events until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var change in _events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            Apply(change);
            if (Interlocked.Exchange(ref _missedReturn, 0) != 0)
            {
                Apply(new ResidencyEvent.Tick());
            }
        }
    }

    /// <summary>Queues an event; waits while the channel is full.</summary>
    public ValueTask PostAsync(ResidencyEvent change, CancellationToken cancellation = default) => _events.Writer.WriteAsync(change, cancellation);

    /// <summary>Says that a lease was returned. Never waits: where the channel is full the next applied event makes up for it.</summary>
    public void LeaseReturned(ModelName model)
    {
        if (!_events.Writer.TryWrite(new ResidencyEvent.LeaseReturned(model)))
        {
            Volatile.Write(ref _missedReturn, 1);
        }
    }

    /// <summary>Waits for a lease on a model. A grant is counted on the model's gate; the caller must return it.</summary>
    public async Task<(Refusal? Refusal, TimeSpan Loading)> WaitAsync(ModelName model, string principal, TimeSpan longest, bool isOperator, RouteProgress? progress, CancellationToken cancellation)
    {
        var now = _clock.Now;
        var waiter = new Waiter(Interlocked.Increment(ref _lastWaiterId), model, principal, now, now + longest, isOperator);
        var pending = new PendingWaiter(waiter, progress);
        _waiters[waiter.Id] = pending;
        try
        {
            if (!_events.Writer.TryWrite(new ResidencyEvent.LeaseWanted(waiter)))
            {
                return (new Refusal(RefusalReason.QueueFull, "this node has too many requests to sort; try again in a moment", TimeSpan.FromSeconds(5)), TimeSpan.Zero);
            }

            await using var registration = cancellation.UnsafeRegister(static (state, token) => ((PendingWaiter)state!).TryLeave(token), pending).ConfigureAwait(false);
            var refusal = await pending.Answer.ConfigureAwait(false);
            return (refusal, pending.Loading);
        }
        catch (OperationCanceledException)
        {
            // Never dropped: a waiter that the scheduler still counts would hold its place for ever.
            await PostAsync(new ResidencyEvent.WaiterLeft(waiter.Id), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _waiters.TryRemove(waiter.Id, out _);
        }
    }

    /// <summary>Tells everyone who waits how far they are.</summary>
    public void ReportProgress()
    {
        var snapshot = Snapshot;
        var now = _clock.Now;
        foreach (var waiter in _waiters.Values)
        {
            if (waiter.Progress is { } progress)
            {
                progress.Current = ProgressOf(snapshot, waiter.Model, now);
            }
        }
    }

    /// <summary>How far a model's load is.</summary>
    public static ProgressReport ProgressOf(ResidencySnapshot snapshot, ModelName model, TimeSpan now)
    {
        var load = snapshot.Models.GetValueOrDefault(model)?.Load;
        if (load?.SentAt is { } sent && load.Expected > TimeSpan.Zero)
        {
            var elapsed = now - sent;
            var remaining = load.Expected - elapsed;
            return new ProgressReport("loading", model.Value, Math.Min(0.99, elapsed / load.Expected), remaining > TimeSpan.Zero ? remaining : null);
        }

        return new ProgressReport(load is null ? "queued" : load.SentAt is null ? "evicting" : "loading", model.Value, null, null);
    }

    private void Apply(ResidencyEvent change)
    {
        _followUps.Enqueue(change);
        while (_followUps.TryDequeue(out var next))
        {
            var before = _snapshot;
            ResidencyStep step;
            try
            {
                step = ResidencyReducer.Apply(before, next, _clock.Now, ReadLeases(before));
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The scheduler is pure: a fault in it is a bug in one event's handling, and serving must outlive it.
                _log.LogError(fault, "the scheduler could not apply {Event}", next.GetType().Name);
                continue;
            }

            Volatile.Write(ref _snapshot, step.Snapshot);
            foreach (var effect in step.Effects)
            {
                Perform(effect);
            }

            Changed?.Invoke(before, step.Snapshot);
        }
    }

    private ImmutableArray<LeaseReading> ReadLeases(ResidencySnapshot snapshot)
    {
        var readings = ImmutableArray.CreateBuilder<LeaseReading>();
        foreach (var (name, model) in _models)
        {
            // A model that was lost while requests ran still has their leases; its next replica starts with them.
            var leases = model.Gate.Leases;
            if (leases > 0 || snapshot.Models.GetValueOrDefault(name)?.Replica is not null)
            {
                readings.Add(new LeaseReading(name, leases, model.Gate.Served, model.Gate.LastUsed));
            }
        }

        return readings.DrainToImmutable();
    }

    private void Perform(ResidencyEffect effect)
    {
        switch (effect)
        {
            case ResidencyEffect.Grant grant:
                Grant(grant);
                break;
            case ResidencyEffect.Refuse refuse:
                if (_waiters.TryGetValue(refuse.WaiterId, out var refused))
                {
                    refused.TryRefuse(refuse.Refusal);
                }

                break;
            case ResidencyEffect.SetGate set:
                Model(set.Model).Gate.Set(set.Gate, set.Capacity);
                break;
            case ResidencyEffect.CloseIdleGate close:
                _followUps.Enqueue(Model(close.Model).Gate.TryCloseIdle()
                    ? new ResidencyEvent.GateClosed(close.Model)
                    : new ResidencyEvent.GateBusy(close.Model));
                break;
            default:
                Execute(effect);
                break;
        }
    }

    private void Grant(ResidencyEffect.Grant grant)
    {
        if (!_waiters.TryGetValue(grant.WaiterId, out var pending))
        {
            return;
        }

        var model = Model(grant.Model);
        if (!pending.Waiter.IsOperator && !model.Gate.TryAcquireGranted())
        {
            // Only a bug of the scheduler closes a gate and grants through it; the waiter asks again rather than be lost.
            _log.LogError("a lease on {Model} was granted through a closed gate", grant.Model);
            _followUps.Enqueue(new ResidencyEvent.LeaseWanted(pending.Waiter));
            return;
        }

        var record = _snapshot.Models.GetValueOrDefault(grant.Model)?.Replica;
        pending.Loading = record is null || record.LoadedAt < pending.Waiter.Since ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(record.LoadTime.Ticks, (_clock.Now - pending.Waiter.Since).Ticks));
        if (!pending.TryGrant() && !pending.Waiter.IsOperator && model.Gate.Release())
        {
            _followUps.Enqueue(new ResidencyEvent.LeaseReturned(grant.Model));
        }
    }
}
