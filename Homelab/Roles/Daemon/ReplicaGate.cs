using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>The exact count of leases on one model, and whether newcomers may take one. Safe from any thread, never blocks.
/// Opening, closing and granting are the residency loop's; taking and returning are everybody's.</summary>
/// <remarks>One 64-bit word holds the count (low 32 bits) and the two flags, so that "close if idle" and "take unless closed" are each
/// one compare-and-swap: no request can slip in between the check and the close.</remarks>
internal sealed class ReplicaGate
{
    private const long CountMask = 0xFFFF_FFFF;
    private const long Queueing = 1L << 32;
    private const long Closed = 1L << 33;

    private readonly TimeProvider _clock;
    private readonly long _started;
    private long _state = Closed;
    private long _served;
    private long _lastUsed;
    private int _capacity = 1;

    /// <summary>A closed gate.</summary>
    /// <param name="clock">Monotonic time.</param>
    /// <param name="started">The daemon's start, as a timestamp of <paramref name="clock"/>.</param>
    public ReplicaGate(TimeProvider clock, long started)
    {
        _clock = clock;
        _started = started;
    }

    /// <summary>Leases held now.</summary>
    public int Leases => (int)(Volatile.Read(ref _state) & CountMask);

    /// <summary>Leases granted since the start.</summary>
    public long Served => Volatile.Read(ref _served);

    /// <summary>When a lease was last taken or returned, in time since the daemon's start.</summary>
    public TimeSpan LastUsed => TimeSpan.FromTicks(Volatile.Read(ref _lastUsed));

    /// <summary>Whether no lease can be taken at all.</summary>
    public bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    /// <summary>Takes a lease if the gate is open, below its capacity, and nobody queues.</summary>
    public bool TryAcquire()
    {
        var state = Volatile.Read(ref _state);
        while ((state & (Queueing | Closed)) == 0 && (state & CountMask) < Volatile.Read(ref _capacity))
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                Touch();
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>Takes a lease for a waiter that the loop chose: past the queue and the capacity, but never through a closed gate.</summary>
    public bool TryAcquireGranted()
    {
        if (!TryHold())
        {
            return false;
        }

        Touch();
        return true;
    }

    /// <summary>Keeps the replica from being evicted without counting as use; returned by <see cref="ReleaseHold"/>.</summary>
    public bool TryHold()
    {
        var state = Volatile.Read(ref _state);
        while ((state & Closed) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>Returns a lease.</summary>
    /// <returns>Whether the loop must be told, because somebody queues or the gate is closing.</returns>
    public bool Release()
    {
        Volatile.Write(ref _lastUsed, _clock.GetElapsedTime(_started).Ticks);
        return ReleaseHold();
    }

    /// <summary>Returns a hold.</summary>
    /// <returns>As <see cref="Release"/>.</returns>
    public bool ReleaseHold() => (Interlocked.Decrement(ref _state) & (Queueing | Closed)) != 0;

    /// <summary>Closes the gate if no lease is held; false, and nothing changed, where one is.</summary>
    public bool TryCloseIdle()
    {
        var state = Volatile.Read(ref _state);
        while ((state & CountMask) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state | Closed, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>Sets the gate; leases that are held stay held.</summary>
    public void Set(GateState gate, int capacity)
    {
        Volatile.Write(ref _capacity, Math.Max(1, capacity));
        var flags = gate switch { GateState.Open => 0, GateState.Queueing => Queueing, _ => Closed };
        var state = Volatile.Read(ref _state);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _state, (state & CountMask) | flags, state);
            if (seen == state)
            {
                return;
            }

            state = seen;
        }
    }

    private void Touch()
    {
        Interlocked.Increment(ref _served);
        Volatile.Write(ref _lastUsed, _clock.GetElapsedTime(_started).Ticks);
    }
}
