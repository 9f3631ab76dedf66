using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Hardware.Nvml;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Hardware;

/// <summary>A probe that hangs keeps nobody.</summary>
public sealed class GuardedProbeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Probe_that_answers_is_passed_on()
    {
        var inner = new ScriptedProbe();
        using var probe = new GuardedProbe(inner, _time, Limit);

        inner.Free = 5;
        Assert.Equal((5L, null), Seen(probe.Read()));
        inner.Free = 4;
        Assert.Equal((4L, null), Seen(probe.Read()));
        Assert.Equal(2, inner.Calls);
    }

    [Fact]
    public void While_a_call_hangs_there_is_no_other_and_the_last_reading_holds_with_its_age()
    {
        var inner = new ScriptedProbe { Free = 5 };
        using var probe = new GuardedProbe(inner, _time, Limit);
        probe.Read();
        inner.Free = 3;
        inner.Hang();
        var hanging = new Thread(() => probe.Read());
        hanging.Start();
        Assert.True(inner.Entered.Wait(Limit));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((5L, "the driver has not answered for 60 s; this was read before"), Seen(probe.Read()));
        Assert.Equal((5L, "the driver has not answered for 60 s; this was read before"), Seen(probe.Read()));
        Assert.Equal(2, inner.Calls);

        inner.GoOn();
        hanging.Join();
        Assert.Equal((3L, null), Seen(probe.Read()));
        Assert.Equal(3, inner.Calls);
    }

    [Fact]
    public void Reading_that_is_held_tells_its_age_from_when_it_was_read()
    {
        var inner = new ScriptedProbe { Free = 5 };
        using var probe = new GuardedProbe(inner, _time, Limit);
        Assert.Null(probe.Read()[0].Facts?.Age);
        _time.Advance(TimeSpan.FromSeconds(10));
        inner.Hang();
        var hanging = new Thread(() => probe.Read());
        hanging.Start();
        Assert.True(inner.Entered.Wait(Limit));
        _time.Advance(TimeSpan.FromSeconds(40));

        var held = Assert.Single(probe.Read());

        Assert.Equal((TimeSpan.FromSeconds(50), "the driver has not answered for 40 s; this was read before"), (held.Facts!.Age, held.Facts.Problem));
        inner.GoOn();
        hanging.Join();
        Assert.Null(probe.Read()[0].Facts?.Age);
    }

    [Fact]
    public void Probe_that_fails_ends_nothing_and_is_asked_again()
    {
        var inner = new ScriptedProbe { Free = 5 };
        using var probe = new GuardedProbe(inner, _time, Limit);
        probe.Read();
        inner.Failure = new BadImageFormatException("the library is for another processor");

        Assert.Equal((5L, "it cannot be read (the library is for another processor); this was read before"), Seen(probe.Read()));
        Assert.Equal((5L, "it cannot be read (the library is for another processor); this was read before"), Seen(probe.Read()));

        inner.Failure = null;
        inner.Free = 4;
        Assert.Equal((4L, null), Seen(probe.Read()));
        Assert.Equal(4, inner.Calls);
    }

    [Fact]
    public void Probe_that_fails_at_once_is_a_machine_without_its_devices()
    {
        using var probe = new GuardedProbe(new ScriptedProbe { Failure = new InvalidOperationException("no") }, _time, Limit);

        Assert.Empty(probe.Read());
        Assert.Empty(probe.Read());
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Driver_that_never_returns_is_used_again_when_it_does()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Apply();
        using var probe = new GuardedProbe(fake.Probe(), _time, Limit);
        Assert.Single(probe.Read());
        fake.Hangs = true;
        fake.Apply();
        var hanging = new Thread(() => probe.Read());
        hanging.Start();
        await Eventually.BecomesAsync("the reading", "held", () => { _time.Advance(Limit); return Task.FromResult(probe.Read()); }, d => d[0].Facts!.Problem is not null);

        fake.Hangs = false;
        fake.Clear().Gpu("GPU-aaaa", 24, 12).Apply();
        hanging.Join();
        Assert.Equal(12L << 30, Assert.Single(probe.Read()).Free!.Value.Bytes);
    }

    private static (long Free, string? Problem) Seen(ImmutableArray<DeviceReading> devices)
    {
        var device = Assert.Single(devices);
        return (device.Free!.Value.Bytes, device.Facts?.Problem);
    }

    private sealed class ScriptedProbe : IDeviceProbe
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);

        public long Free { get; set; }

        public int Calls { get; private set; }

        public Exception? Failure { get; set; }

        public ManualResetEventSlim Entered { get; } = new();

        public void Hang() => _open.Reset();

        public void GoOn() => _open.Set();

        public ImmutableArray<DeviceReading> Read()
        {
            Calls++;
            if (!_open.IsSet)
            {
                Entered.Set();
            }

            _open.Wait();
            if (Failure is { } failure)
            {
                throw failure;
            }

            return [new DeviceReading("gpu0", DeviceKind.Cuda, new ByteSize(10), new ByteSize(Free))];
        }
    }
}
