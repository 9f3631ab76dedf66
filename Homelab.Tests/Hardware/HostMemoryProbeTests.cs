using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware;

namespace Homelab.Tests.Hardware;

/// <summary>Main memory and declared devices as devices.</summary>
public sealed class HostMemoryProbeTests
{
    [Fact]
    public void This_machine_has_main_memory()
    {
        var ram = Assert.Single(new HostMemoryProbe().Read());
        Assert.Equal(("ram", DeviceKind.Ram), (ram.Name, ram.Kind));
        Assert.InRange(ram.Total.Bytes, 1 << 26, long.MaxValue);
        Assert.InRange(ram.Free!.Value.Bytes, 1, ram.Total.Bytes);
    }

    [Fact]
    public void Memory_that_cannot_be_read_is_left_out()
    {
        Assert.Empty(new HostMemoryProbe(() => null).Read());
        Assert.Empty(new HostMemoryProbe(() => throw new IOException("gone")).Read());
        Assert.Empty(new HostMemoryProbe(() => throw new DllNotFoundException()).Read());
    }

    [Fact]
    public void More_free_than_there_is_becomes_all()
    {
        var ram = Assert.Single(new HostMemoryProbe(() => new HostMemory(100, 200)).Read());
        Assert.Equal(new ByteSize(100), ram.Free);
    }

    [Fact]
    public void Declared_devices_are_as_declared_and_nothing_measures_them()
    {
        var declared = new DeviceReading("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), ByteSize.FromGibibytes(1));
        Assert.Equal(declared with { Free = null }, Assert.Single(new ConfiguredDevices([declared]).Read()));
    }
}
