using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Memory;

public sealed class MemoryLedgerTests
{
    private static readonly DeviceSnapshot Gpu = new("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), ByteSize.FromGibibytes(2), ByteSize.FromGibibytes(1));

    [Fact]
    public void Left_is_the_total_less_others_reserve_replicas_and_loads()
    {
        var balance = Assert.Single(MemoryLedger.Balance([Gpu], [Of("gpu0", 5), Of("gpu0", 6)], [Of("gpu0", 3)]));

        Assert.Equal(ByteSize.FromGibibytes(11), balance.Held);
        Assert.Equal(ByteSize.FromGibibytes(3), balance.Reserved);
        Assert.Equal(ByteSize.FromGibibytes(7), balance.Left);
        Assert.Equal(new DeviceRoom("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(7)), balance.Room);
    }

    [Theory]
    [InlineData(22, 0)]
    [InlineData(0, 22)]
    [InlineData(12, 12)]
    public void Left_is_never_negative(int held, int reserved) =>
        Assert.Equal(ByteSize.Zero, MemoryLedger.Balance([Gpu], [Of("gpu0", held)], [Of("gpu0", reserved)]).Single().Left);

    [Fact]
    public void Others_above_the_total_leave_nothing() =>
        Assert.Equal(ByteSize.Zero, MemoryLedger.Balance([Gpu with { UsedByOthers = ByteSize.FromGibibytes(30) }], [], []).Single().Left);

    [Fact]
    public void Devices_come_in_order_of_name_and_unknown_ones_count_nowhere()
    {
        var balances = MemoryLedger.Balance([Gpu with { Name = "ram", Kind = DeviceKind.Ram }, Gpu], [Of("gpu7", 5)], [Of("ram", 1)]);

        Assert.Equal(["gpu0", "ram"], balances.Select(b => b.Device.Name));
        Assert.Equal([21L, 20], balances.Select(b => b.Left.Bytes >> 30));
    }

    [Fact]
    public void Absurd_allocations_saturate()
    {
        var absurd = new DeviceAllocation("gpu0", new ByteSize(long.MaxValue));

        var balance = MemoryLedger.Balance([Gpu], [absurd, absurd, new DeviceAllocation("gpu0", new ByteSize(-5))], [absurd, absurd]).Single();

        Assert.Equal(long.MaxValue, balance.Held.Bytes);
        Assert.Equal(ByteSize.Zero, balance.Left);
    }

    private static DeviceAllocation Of(string device, int gibibytes) => new(device, ByteSize.FromGibibytes(gibibytes));
}
