using CsCheck;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Memory;

/// <summary>What holds of every placement.</summary>
public sealed class DeviceFitProperties
{
    private static readonly Gen<long> Bytes = Gen.OneOf(Gen.Long[0, 100], Gen.Long[0, 1L << 36], Gen.OneOf(0L, 1L << 62));

    private static readonly Gen<MemoryEstimate> Estimate = Gen.Select(Bytes, Gen.Long[0, 1L << 30], Gen.Long[0, 1L << 28], Gen.Double[0.5, 2.2], (weights, compute, overhead, correction) =>
        new MemoryEstimate(new(weights), ByteSize.Zero, new(compute), new(overhead), correction, "test"));

    private static readonly Gen<DeviceRoom[]> Rooms = Gen.Select(Gen.Enum<DeviceKind>(), Bytes).Array[0, 5]
        .Select(all => all.Select((room, i) => new DeviceRoom($"d{i}", room.Item1, new ByteSize(room.Item2))).ToArray());

    private static readonly Gen<DeviceSnapshot[]> Devices = Gen.Select(Gen.Enum<DeviceKind>(), Gen.Long[0, 1L << 36], Gen.Long[0, 1L << 35], Gen.Long[0, 1L << 30]).Array[0, 5]
        .Select(all => all.Select((d, i) => new DeviceSnapshot($"d{i}", d.Item1, new(d.Item2), new(Math.Min(d.Item2, d.Item3)), new(d.Item4))).ToArray());

    [Fact]
    public void Placement_holds_the_whole_model_and_no_device_more_than_its_room() => Gen.Select(Rooms, Estimate, Gen.Bool).Sample((rooms, estimate, offload) =>
    {
        if (DeviceFit.TryPlace(rooms, estimate, offload) is not { } placed)
        {
            return true;
        }

        var sum = placed.Aggregate(Int128.Zero, (total, part) => total + part.Bytes.Bytes);
        var copies = placed.Count(part => rooms.Single(room => room.Name == part.Device).IsGpu);
        return placed.All(part => part.Bytes.Bytes >= 0 && part.Bytes <= rooms.Single(room => room.Name == part.Device).Free)
            && placed.Select(part => part.Device).SequenceEqual(placed.Select(part => part.Device).Distinct().Order(StringComparer.Ordinal))
            && sum >= estimate.Total.Bytes && sum <= estimate.Total.Bytes + ((Int128)copies * DeviceFit.FixedCost(estimate));
    });

    [Fact]
    public void Order_of_the_devices_does_not_matter() => Gen.Select(Rooms, Estimate, Gen.Bool).Sample((rooms, estimate, offload) =>
        Text(DeviceFit.TryPlace(rooms, estimate, offload)) == Text(DeviceFit.TryPlace(rooms.Reverse(), estimate, offload)));

    [Fact]
    public void More_memory_never_turns_a_fit_into_none() => Gen.Select(Rooms, Estimate, Gen.Bool, Gen.Int[0, 4], Gen.Long[0, 1L << 36]).Sample((rooms, estimate, offload, which, more) =>
    {
        var larger = rooms.Select((room, i) => i == which ? room with { Free = new ByteSize(Math.Min(1L << 62, room.Free.Bytes + more)) } : room);
        return DeviceFit.TryPlace(rooms, estimate, offload) is null || DeviceFit.TryPlace(larger, estimate, offload) is not null;
    });

    [Fact]
    public void Allowing_ram_never_turns_a_fit_into_none() => Gen.Select(Rooms, Estimate).Sample((rooms, estimate) =>
        DeviceFit.TryPlace(rooms, estimate, allowCpuOffload: false) is null || DeviceFit.TryPlace(rooms, estimate, allowCpuOffload: true) is not null);

    /// <summary>Acceptance test 22: no double booking, whatever is placed one after the other.</summary>
    [Fact]
    public void Replicas_loads_and_others_together_never_exceed_the_total_less_the_reserve() => Gen.Select(Devices, Estimate.Array[0, 12], Gen.Bool).Sample((devices, estimates, offload) =>
    {
        var held = new List<DeviceAllocation>();
        var reserved = new List<DeviceAllocation>();
        foreach (var estimate in estimates)
        {
            if (DeviceFit.TryPlace(MemoryLedger.Rooms(devices, held, reserved), estimate, offload) is { } placed)
            {
                (held.Count <= reserved.Count ? held : reserved).AddRange(placed);
            }
        }

        return MemoryLedger.Balance(devices, held, reserved).All(balance =>
            balance is { Held.Bytes: 0, Reserved.Bytes: 0 }
            || balance.Held + balance.Reserved + balance.Device.UsedByOthers <= balance.Device.Total - balance.Device.Reserve);
    });

    private static string Text(System.Collections.Immutable.ImmutableArray<DeviceAllocation>? placed) =>
        placed is { } parts ? string.Join(' ', parts.Select(part => $"{part.Device}={part.Bytes.Bytes}")) : "none";
}
