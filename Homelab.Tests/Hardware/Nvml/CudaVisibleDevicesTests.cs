using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Hardware.Nvml;

namespace Homelab.Tests.Hardware.Nvml;

public sealed class CudaVisibleDevicesTests
{
    private static readonly ImmutableArray<NvmlReading> Machine =
    [
        Device(0, "GPU-8932f937-d72c"),
        Device(1, "GPU-89aa0000-0001"),
        Device(2, "MIG-11110000", "GPU-cccc0000"),
        Device(2, "MIG-11112222", "GPU-cccc0000"),
    ];

    [Theory]
    [InlineData(null, "GPU-8932f937-d72c GPU-89aa0000-0001 MIG-11110000 MIG-11112222")]
    [InlineData("", "")]
    [InlineData("-1", "")]
    [InlineData("1", "GPU-89aa0000-0001")]
    [InlineData("1, 0", "GPU-89aa0000-0001 GPU-8932f937-d72c")]
    [InlineData("0,-1,1", "GPU-8932f937-d72c")]
    [InlineData("0,7,1", "GPU-8932f937-d72c")]
    [InlineData("0,0,1", "GPU-8932f937-d72c")]
    [InlineData("0,nonsense,1", "GPU-8932f937-d72c")]
    [InlineData("GPU-8932", "GPU-8932f937-d72c")]
    [InlineData("gpu-8932", "")]
    [InlineData("GPU-8932F937", "GPU-8932f937-d72c")]
    [InlineData("GPU-89", "")]
    [InlineData("GPU-", "")]
    [InlineData("GPU-cccc", "MIG-11110000")]
    [InlineData("2", "MIG-11110000")]
    [InlineData("MIG-11112222", "MIG-11112222")]
    [InlineData("MIG-1111", "")]
    [InlineData("MIG-GPU-cccc0000/1/0", "")]
    [InlineData("99999999999999999999", "")]
    public void Devices_are_those_that_a_cuda_program_would_see(string? variable, string seen) =>
        Assert.Equal(seen, string.Join(' ', CudaVisibleDevices.Of(variable, null, Machine).Select(d => d.Uuid)));

    [Theory]
    [InlineData("0", null, "GPU-fast")]
    [InlineData("0", "FASTEST_FIRST", "GPU-fast")]
    [InlineData("1,2", null, "GPU-slow GPU-same")]
    [InlineData("2,0,3,1", null, "GPU-same GPU-fast")]
    [InlineData("0", "PCI_BUS_ID", "GPU-slow")]
    [InlineData("2", " PCI_BUS_ID ", "GPU-same")]
    [InlineData("-1", null, "")]
    [InlineData("GPU-slow", null, "GPU-slow")]
    public void Indices_count_from_the_fastest_unless_the_order_is_that_of_the_bus(string variable, string? order, string seen)
    {
        ImmutableArray<NvmlReading> machine = [Device(0, "GPU-slow") with { Speed = 5 }, Device(1, "GPU-fast") with { Speed = 9 }, Device(2, "GPU-same") with { Speed = 5 }];
        Assert.Equal(seen, string.Join(' ', CudaVisibleDevices.Of(variable, order, machine).Select(d => d.Uuid)));
    }

    [Fact]
    public void Where_a_speed_is_unknown_indices_are_places_on_the_bus()
    {
        ImmutableArray<NvmlReading> machine = [Device(0, "GPU-slow") with { Speed = 5 }, Device(1, "GPU-fast") with { Speed = 9 }, Device(2, "GPU-lost")];
        Assert.Equal("GPU-slow", Assert.Single(CudaVisibleDevices.Of("0", null, machine)).Uuid);
    }

    private static NvmlReading Device(int index, string uuid, string? parent = null) => new(index, uuid, parent, 1, 1, new DeviceFacts());
}
