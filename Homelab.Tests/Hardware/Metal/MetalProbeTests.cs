using Homelab.Domain.Memory;
using Homelab.Hardware;
using Homelab.Hardware.Metal;

namespace Homelab.Tests.Hardware.Metal;

/// <summary>Apple's GPU, from what Metal would say; Metal itself is asked on a Mac alone.</summary>
public sealed class MetalProbeTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Gpu_may_have_main_memory_up_to_the_systems_limit()
    {
        var gpu = Assert.Single(new MetalProbe(() => new MetalReading("Apple M4 Max", 48 * GiB, 0)).Read());
        Assert.Equal(("gpu0", DeviceKind.Metal, 48 * GiB, true, "Apple M4 Max"), (gpu.Name, gpu.Kind, gpu.Total.Bytes, gpu.IsHostMemory, gpu.Facts!.Product));
    }

    [Fact]
    public void Limit_that_the_owner_set_goes_before_the_systems()
    {
        Assert.Equal(56 * GiB, Assert.Single(new MetalProbe(() => new MetalReading("Apple M4 Max", 48 * GiB, 56 * GiB)).Read()).Total.Bytes);
    }

    [Fact]
    public void Mac_without_such_a_gpu_has_none()
    {
        Assert.Empty(new MetalProbe(() => null).Read());
        Assert.Empty(new MetalProbe(() => new MetalReading(null, 0, 0)).Read());
    }

    [Fact]
    public void What_other_programs_take_of_main_memory_is_not_free_for_the_gpu_either()
    {
        var probe = new MachineProbe([new MetalProbe(() => new MetalReading("Apple M4 Max", 48 * GiB, 0))], new HostMemoryProbe(() => new HostMemory(64 * GiB, 30 * GiB)));
        Assert.Equal([("gpu0", 48 * GiB, 30 * GiB), ("ram", 16 * GiB, 0)], probe.Read().Select(d => (d.Name, d.Total.Bytes, d.Free!.Value.Bytes)));
    }
}
