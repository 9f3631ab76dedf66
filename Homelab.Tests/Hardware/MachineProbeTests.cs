using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware;

namespace Homelab.Tests.Hardware;

/// <summary>All devices of a machine together.</summary>
public sealed class MachineProbeTests
{
    private readonly FixedProbe _gpus = new();
    private readonly FixedProbe _memory = new() { Devices = [new DeviceReading("ram", DeviceKind.Ram, new ByteSize(64), new ByteSize(50))] };

    [Fact]
    public void Gpus_with_memory_of_their_own_leave_all_of_the_machines_to_ram()
    {
        _gpus.Devices = [Gpu("gpu0", 24, 20)];
        Assert.Equal(["gpu0 24 20", "ram 64 50"], Read());
    }

    [Fact]
    public void Main_memory_that_a_gpu_can_have_is_counted_once()
    {
        _gpus.Devices = [Gpu("gpu0", 32, 30) with { IsHostMemory = true }];
        Assert.Equal(["gpu0 32 30", "ram 32 20"], Read());
    }

    [Fact]
    public void Gpu_can_have_no_more_of_main_memory_than_is_free_of_it()
    {
        _memory.Devices = [new DeviceReading("ram", DeviceKind.Ram, new ByteSize(64), new ByteSize(10))];
        _gpus.Devices = [Gpu("gpu0", 32, 30) with { IsHostMemory = true }];
        Assert.Equal(["gpu0 32 10", "ram 32 0"], Read());
    }

    [Fact]
    public void Limit_of_a_container_binds_the_gpu_too()
    {
        _memory.Devices = [new DeviceReading("ram", DeviceKind.Ram, new ByteSize(8), new ByteSize(6))];
        _gpus.Devices = [Gpu("gpu0", 32, 30) with { IsHostMemory = true }];
        Assert.Equal(["gpu0 8 6", "ram 0 0"], Read());
    }

    [Fact]
    public void Where_main_memory_cannot_be_read_the_gpus_stand_alone()
    {
        _memory.Devices = [];
        _gpus.Devices = [Gpu("gpu0", 32, 30) with { IsHostMemory = true }];
        Assert.Equal(["gpu0 32 30"], Read());
    }

    [Fact]
    public void Gpus_of_all_makers_go_before_main_memory()
    {
        using var probe = new MachineProbe([new FixedProbe { Devices = [Gpu("gpu0", 24, 20)] }, new FixedProbe { Devices = [Gpu("amd0", 16, 16)] }], _memory);
        Assert.Equal(["gpu0 24 20", "amd0 16 16", "ram 64 50"], probe.Read().Select(Line));
    }

    [Fact]
    public void What_is_left_out_is_told_through_all_of_them()
    {
        using var guarded = new GuardedProbe(new FixedProbe { LeftOut = ["a GPU"] }, TimeProvider.System);
        using var probe = new MachineProbe([guarded, new FixedProbe { LeftOut = ["another"] }], _memory);
        Assert.Equal(["a GPU", "another"], probe.LeftOut.ToArray());
    }

    private static DeviceReading Gpu(string name, long total, long free) => new(name, DeviceKind.Rocm, new ByteSize(total), new ByteSize(free));

    private static string Line(DeviceReading device) => $"{device.Name} {device.Total.Bytes} {device.Free!.Value.Bytes}";

    private IEnumerable<string> Read()
    {
        using var probe = new MachineProbe([_gpus], _memory);
        return probe.Read().Select(Line);
    }

    private sealed class FixedProbe : IDeviceProbe
    {
        public ImmutableArray<DeviceReading> Devices { get; set; } = [];

        public ImmutableArray<string> LeftOut { get; init; } = [];

        public ImmutableArray<DeviceReading> Read() => Devices;
    }
}
