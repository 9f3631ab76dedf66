using CsCheck;
using Homelab.Domain.Residency;
using Homelab.Roles.Daemon;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Daemon;

public sealed class ReplicaGateTests
{
    private readonly FakeTimeProvider _time = new();

    private ReplicaGate Gate(GateState state = GateState.Open, int capacity = 4)
    {
        var gate = new ReplicaGate(_time, _time.GetTimestamp());
        gate.Set(state, capacity);
        return gate;
    }

    [Fact]
    public void A_new_gate_is_closed() =>
        Assert.False(new ReplicaGate(_time, _time.GetTimestamp()).TryAcquire());

    [Fact]
    public void An_open_gate_grants_up_to_its_capacity()
    {
        var gate = Gate(capacity: 2);

        Assert.True(gate.TryAcquire());
        Assert.True(gate.TryAcquire());
        Assert.False(gate.TryAcquire());
        Assert.Equal(2, gate.Leases);

        gate.Release();
        Assert.True(gate.TryAcquire());
    }

    [Fact]
    public void A_queueing_gate_grants_only_to_those_the_loop_chose()
    {
        var gate = Gate(GateState.Queueing);

        Assert.False(gate.TryAcquire());
        Assert.True(gate.TryAcquireGranted());
        Assert.Equal(1, gate.Leases);
    }

    [Fact]
    public void A_closed_gate_grants_to_nobody_and_keeps_what_is_held()
    {
        var gate = Gate();
        Assert.True(gate.TryAcquire());

        gate.Set(GateState.Closed, 4);

        Assert.False(gate.TryAcquire());
        Assert.False(gate.TryAcquireGranted());
        Assert.False(gate.TryHold());
        Assert.Equal(1, gate.Leases);
    }

    [Fact]
    public void Closing_an_idle_gate_fails_while_a_lease_is_held_and_changes_nothing()
    {
        var gate = Gate();
        Assert.True(gate.TryAcquire());

        Assert.False(gate.TryCloseIdle());
        Assert.True(gate.TryAcquire());

        gate.Release();
        gate.Release();
        Assert.True(gate.TryCloseIdle());
        Assert.False(gate.TryAcquire());
    }

    [Theory]
    [InlineData("Open", false)]
    [InlineData("Queueing", true)]
    [InlineData("Closed", true)]
    public void Returning_a_lease_tells_the_loop_unless_the_gate_is_open(string state, bool told)
    {
        var gate = Gate();
        Assert.True(gate.TryAcquire());
        gate.Set(Enum.Parse<GateState>(state), 4);

        Assert.Equal(told, gate.Release());
        Assert.Equal(0, gate.Leases);
    }

    [Fact]
    public void A_hold_keeps_the_replica_without_counting_as_use()
    {
        var gate = Gate();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(gate.TryAcquire());
        gate.Release();
        var used = gate.LastUsed;

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(gate.TryHold());
        Assert.False(gate.TryCloseIdle());
        gate.ReleaseHold();

        Assert.Equal(used, gate.LastUsed);
        Assert.Equal(1, gate.Served);
    }

    [Fact]
    public void Returning_a_lease_counts_as_use()
    {
        var gate = Gate();
        Assert.True(gate.TryAcquire());
        _time.Advance(TimeSpan.FromMinutes(3));

        gate.Release();

        Assert.Equal(TimeSpan.FromMinutes(3), gate.LastUsed);
    }

    [Fact]
    public void No_request_slips_through_a_gate_that_was_closed_idle_whatever_the_interleaving() =>
        Gen.Int[1, 64].Sample(
            rounds =>
            {
                var gate = Gate(capacity: int.MaxValue);
                var afterClose = 0;
                var closed = false;
                Parallel.Invoke(
                    () => Take(gate, rounds, ref closed, ref afterClose),
                    () => Take(gate, rounds, ref closed, ref afterClose),
                    () =>
                    {
                        while (!gate.TryCloseIdle())
                        {
                            Thread.SpinWait(1);
                        }

                        // From here on nobody may hold or take a lease.
                        if (gate.Leases != 0)
                        {
                            Interlocked.Increment(ref afterClose);
                        }

                        Volatile.Write(ref closed, true);
                    });
                return afterClose == 0 && gate.Leases == 0;
            },
            iter: 200);

    private static void Take(ReplicaGate gate, int rounds, ref bool closed, ref int afterClose)
    {
        for (var i = 0; i < rounds; i++)
        {
            var wasClosed = Volatile.Read(ref closed);
            if (gate.TryAcquire())
            {
                if (wasClosed)
                {
                    Interlocked.Increment(ref afterClose);
                }

                gate.Release();
            }
        }
    }
}
