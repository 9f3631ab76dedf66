using CsCheck;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Memory;

public sealed class DeviceAttributionTests
{
    [Theory]
    [InlineData("Cuda", 24, 24, 0, 0, 0)]
    [InlineData("Cuda", 24, 14, 0, 0, 10)] // nothing of ours: all that is used is others'
    [InlineData("Cuda", 24, 14, 8, 0, 2)]
    [InlineData("Cuda", 24, 14, 8, 8, 2)] // on a GPU mapped weights are copies and count
    [InlineData("Cuda", 24, 20, 8, 0, 0)] // ours is estimated too high: never negative
    [InlineData("Ram", 64, 50, 8, 6, 12)] // 6 of our 8 are page cache, which the probe saw as free
    [InlineData("Ram", 64, 50, 8, 9, 14)]
    [InlineData("Ram", 64, 50, 8, 0, 6)]
    [InlineData("Cuda", 24, 30, 0, 0, 0)] // more free than there is
    [InlineData("Cuda", 24, -1, 0, 0, 24)]
    public void Others_use_what_is_used_and_is_not_ours(string kind, int total, int free, int ours, int mapped, int expected)
    {
        var reading = new DeviceReading("d", Enum.Parse<DeviceKind>(kind), ByteSize.FromGibibytes(total), ByteSize.FromGibibytes(free));

        Assert.Equal(ByteSize.FromGibibytes(expected), DeviceAttribution.UsedByOthers(reading, ByteSize.FromGibibytes(ours), ByteSize.FromGibibytes(mapped)));
    }

    /// <summary>Acceptance test 23: no numbers are invented where nothing measures.</summary>
    [Fact]
    public void Unmeasured_device_is_used_by_nobody_else() => Assert.Equal(
        ByteSize.Zero,
        DeviceAttribution.UsedByOthers(new DeviceReading("d", DeviceKind.Cuda, ByteSize.FromGibibytes(8), Free: null), ByteSize.FromGibibytes(3), ByteSize.Zero));

    [Fact]
    public void Others_never_use_less_than_nothing_or_more_than_the_device_has() =>
        Gen.Select(Gen.Enum<DeviceKind>(), Gen.Long, Gen.Long, Gen.Long, Gen.Long).Sample((kind, total, free, ours, mapped) =>
        {
            var others = DeviceAttribution.UsedByOthers(new DeviceReading("d", kind, new(total), new ByteSize(free)), new(ours), new(mapped));
            return others.Bytes >= 0 && others.Bytes <= Math.Max(0, total);
        });
}
