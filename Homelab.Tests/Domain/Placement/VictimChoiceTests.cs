using System.Collections.Immutable;
using CsCheck;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Placement;

/// <summary>The hub foresees the choice that the node makes.</summary>
public sealed class VictimChoiceTests
{
    private static readonly Gen<(int Gpus, (int Gib, int Device, int Uses, int LastUsed)[] Replicas, int Need)> Nodes = Gen.Select(
        Gen.Int[1, 2],
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 1], Gen.Int[0, 3], Gen.Int[0, 3]).Array[1, 9],
        Gen.Int[1, 60]);

    [Fact]
    public void Cheapest_set_is_the_one_that_the_nodes_own_policy_chooses() => Nodes.Sample(
        sample =>
        {
            var (node, need) = Build(sample);
            var candidates = node.Replicas
                .Select(r => new EvictionCandidate(r.Model, r.Allocation, VictimChoice.Price(r), r.LastUsed, false))
                .ToImmutableArray();
            var room = NodeRoom.Empty(Residency(node)).Minus(node.Replicas.Select(r => (Occupancy)r.Allocation));

            var options = EvictionPolicy.Options(candidates, room, left => DeviceFit.TryPlace(left.Rooms(), new MemoryEstimate(need, ByteSize.Zero, ByteSize.Zero, ByteSize.Zero, 1, ""), false) is not null);
            var victims = VictimChoice.Cheapest(node, (1UL << node.Replicas.Length) - 1, 0, node.Memory.Free, need.Bytes, double.PositiveInfinity);

            var chosen = node.Replicas.Where((_, i) => (victims & (1UL << i)) != 0).Select(r => r.Model);
            Assert.Equal(options.IsEmpty ? [] : options[0].Victims, chosen);
        },
        iter: 2000);

    [Fact]
    public void Many_candidates_give_a_set_that_suffices_and_holds_nobody_who_could_stay() => Gen.Select(
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 1], Gen.Int[0, 3], Gen.Int[0, 3]).Array[11, 40], Gen.Int[1, 60]).Sample(
        sample =>
        {
            var (node, need) = Build((2, sample.Item1, sample.Item2));
            var all = (1UL << node.Replicas.Length) - 1;
            var busy = all & 0x5555_5555_5555_5555;

            var victims = VictimChoice.Cheapest(node, all, busy, node.Memory.Free, need.Bytes, double.PositiveInfinity);

            Assert.Equal(Suffices(node, all, need), victims != 0);
            for (var i = 0; victims != 0 && i < node.Replicas.Length; i++)
            {
                Assert.True(victims == 1UL << i || (victims & (1UL << i)) == 0 || !Suffices(node, victims & ~(1UL << i), need));
            }

            Assert.True(victims == 0 || (victims & busy) == 0 || !Suffices(node, all & ~busy, need));
        },
        iter: 500);

    [Fact]
    public void Fit_by_numbers_is_the_fit_of_the_devices() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 30].Array[4], Gen.Int[1, 60], Gen.Bool, Gen.Bool).Sample(
        sample =>
        {
            var (gpus, sizes, need, spills, metal) = sample;
            ImmutableArray<DeviceSnapshot> devices =
            [
                .. Enumerable.Range(0, gpus).Select(i => new DeviceSnapshot($"gpu{i}", metal ? DeviceKind.Metal : DeviceKind.Cuda, GiB(sizes[i]), ByteSize.Zero, ByteSize.Zero)),
                new DeviceSnapshot("ram", DeviceKind.Ram, GiB(sizes[3]), ByteSize.Zero, ByteSize.Zero),
            ];
            var gpuBytes = sizes.Take(gpus).Sum();
            var memory = NodeMemory.Of(devices, [], GiB(gpus == 0 ? sizes[3] : spills ? gpuBytes + sizes[3] : gpuBytes));

            var place = DeviceFit.TryPlace(devices.Select(d => new DeviceRoom(d.Name, d.Kind, d.Budget)), new MemoryEstimate(GiB(need), ByteSize.Zero, ByteSize.Zero, ByteSize.Zero, 1, ""), spills && sizes[3] > 0);

            Assert.Equal(place is not null, memory.Fits(memory.Free, GiB(need).Bytes));
            Assert.Equal(place is null, memory.Place(memory.Free, GiB(need)) is null);
        },
        iter: 2000);

    private static (NodeSnapshot Node, ByteSize Need) Build((int Gpus, (int Gib, int Device, int Uses, int LastUsed)[] Replicas, int Need) sample)
    {
        var node = Node("a", 0, [], [.. sample.Replicas.Select((r, i) => Hot($"m{(char)('a' + (i / 10))}{i % 10}", r.Gib, uses: r.Uses / 100.0, lastUsed: r.LastUsed) with { Allocation = [new DeviceAllocation($"gpu{r.Device % sample.Gpus}", GiB(r.Gib))] })]) with
        {
            Devices = [.. Enumerable.Range(0, sample.Gpus).Select(i => new DeviceSnapshot($"gpu{i}", DeviceKind.Cuda, GiB(30), ByteSize.Zero, ByteSize.Zero))],
            LargestBudget = GiB(30 * sample.Gpus),
        };
        return (node, GiB(sample.Need));
    }

    private static bool Suffices(NodeSnapshot node, ulong victims, ByteSize need)
    {
        var room = node.Memory.Free.ToArray();
        for (var i = 0; i < node.Replicas.Length; i++)
        {
            if ((victims & (1UL << i)) != 0)
            {
                node.Memory.Give(room, node.Replicas[i].Allocation);
            }
        }

        return node.Memory.Fits(room, need.Bytes);
    }

    private static ResidencySnapshot Residency(NodeSnapshot node) => new()
    {
        Policy = new ResidencyPolicy { DefaultModel = new ModelPolicy(false, false, TimeSpan.Zero, 0, 4) },
        Devices = node.Devices.ToImmutableSortedDictionary(d => d.Name, d => d, StringComparer.Ordinal),
    };
}
