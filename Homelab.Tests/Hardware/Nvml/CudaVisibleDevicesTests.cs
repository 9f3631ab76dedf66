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
        Assert.Equal(seen, string.Join(' ', CudaVisibleDevices.Of(variable, Machine).Select(d => d.Uuid)));

    private static NvmlReading Device(int index, string uuid, string? parent = null) => new(index, uuid, parent, 1, 1, new DeviceFacts());
}
