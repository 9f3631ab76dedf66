using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Memory;

/// <summary>Examples, in MiB; what holds always is in <see cref="DeviceFitProperties"/>.</summary>
public sealed class DeviceFitTests
{
    [Theory]
    [InlineData("gpu0=8000 gpu1=24000", 6_000, "gpu0=6000")] // least left over
    [InlineData("gpu0=24000 gpu1=8000", 6_000, "gpu1=6000")]
    [InlineData("gpu0=8000 gpu1=8000", 6_000, "gpu0=6000")] // a tie goes to the first name
    [InlineData("gpu0=8000 gpu1=24000", 20_000, "gpu1=20000")]
    [InlineData("gpu0=6000", 6_000, "gpu0=6000")]
    [InlineData("gpu0=5999 ram=64000", 6_000, null)] // RAM only where it is allowed
    [InlineData("ram=64000", 6_000, "ram=6000")] // or where there is nothing else
    [InlineData("ram=5000", 6_000, null)]
    [InlineData("", 1, null)]
    [InlineData("gpu0=10300 gpu1=20300", 24_000, "gpu0=8300 gpu1=16300")] // 300 each, the rest 1 to 2
    [InlineData("gpu0=10300 gpu1=200 gpu2=20300", 24_000, "gpu0=8300 gpu2=16300")] // gpu1 cannot even hold the buffers
    [InlineData("gpu0=10300 gpu1=20300", 30_000, "gpu0=10300 gpu1=20300")]
    [InlineData("gpu0=10300 gpu1=20300", 30_001, null)]
    public void Replica_is_placed_on_one_gpu_or_split_over_all(string rooms, int need, string? expected) =>
        Assert.Equal(expected, Place(rooms, need, allowCpuOffload: false));

    [Theory]
    [InlineData("gpu0=8300 ram=64000", 20_000, "gpu0=8300 ram=12000")]
    [InlineData("gpu0=8300 gpu1=4300 ram=64000", 20_000, "gpu0=8300 gpu1=4300 ram=8000")]
    [InlineData("gpu0=8300 ram=64000", 8_000, "gpu0=8000")] // not before the GPUs are full
    [InlineData("gpu0=100 ram=64000", 8_000, "ram=8000")]
    [InlineData("gpu0=8300 ram=11999", 20_000, null)]
    [InlineData("metal=8300 ram=64000", 20_000, null)] // an Apple GPU's memory is the machine's
    public void Rest_spills_into_ram_where_it_is_allowed(string rooms, int need, string? expected) =>
        Assert.Equal(expected, Place(rooms, need, allowCpuOffload: true));

    [Theory]
    [InlineData("gpu0=8000 ram=64000", 6_000, 2_000, "gpu0=6000 ram=2000")]
    [InlineData("gpu0=8000 ram=64000", 0, 2_000, "ram=2000")]
    [InlineData("gpu0=8000 ram=64000", 6_000, 0, "gpu0=6000")]
    [InlineData("gpu0=8000 ram=1999", 6_000, 2_000, null)]
    [InlineData("gpu0=5999 ram=64000", 6_000, 2_000, null)] // video memory is not main memory
    [InlineData("ram=64000", 6_000, 2_000, "ram=8000")]
    [InlineData("metal=8000 ram=64000", 6_000, 2_000, "metal=8000")] // one memory for both
    [InlineData("gpu0=8000", 6_000, 2_000, "gpu0=8000")] // of the machine's memory nothing is known
    [InlineData("gpu0=8000", 6_000, 2_001, null)]
    public void App_gets_video_memory_and_main_memory_apart(string rooms, int video, int main, string? expected)
    {
        var estimate = new MemoryEstimate(ByteSize.FromMebibytes(video + main), ByteSize.Zero, ByteSize.Zero, ByteSize.Zero, 1, "test") { MainMemory = ByteSize.FromMebibytes(main) };
        Assert.Equal(expected, Text(DeviceFit.TryPlace(rooms.Split(' ').Select(Room), estimate, allowCpuOffload: true)));
    }

    private static string? Place(string rooms, int mebibytes, bool allowCpuOffload)
    {
        var estimate = new MemoryEstimate(ByteSize.FromMebibytes(mebibytes - Math.Min(mebibytes, 300)), ByteSize.Zero, ByteSize.FromMebibytes(Math.Min(mebibytes, 200)), ByteSize.FromMebibytes(Math.Clamp(mebibytes - 200, 0, 100)), 1, "test");
        return Text(DeviceFit.TryPlace(rooms.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Room), estimate, allowCpuOffload));
    }

    private static string? Text(System.Collections.Immutable.ImmutableArray<DeviceAllocation>? placed) =>
        placed is { } allocations ? string.Join(' ', allocations.Select(a => $"{a.Device}={a.Bytes.Bytes >> 20}")) : null;

    private static DeviceRoom Room(string text)
    {
        var (name, free) = (text.Split('=')[0], int.Parse(text.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture));
        return new DeviceRoom(name, name switch { "ram" => DeviceKind.Ram, "metal" => DeviceKind.Metal, _ => DeviceKind.Cuda }, ByteSize.FromMebibytes(free));
    }
}
