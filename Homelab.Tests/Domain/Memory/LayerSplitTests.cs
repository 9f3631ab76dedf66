using System.Collections.Immutable;
using CsCheck;
using Homelab.Bench.Estimates;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Tests.Domain.Models;

namespace Homelab.Tests.Domain.Memory;

/// <summary>What each device holds of a model.</summary>
public sealed class LayerSplitTests
{
    private const string Ram = "ram";

    private static readonly LoadSettings Settings = new(8_192, 1);

    private static GgufFacts Llama => KnownModels.All["llama3.1:8b"] with { HostBytes = ByteSize.FromMebibytes(280), OutputBytes = ByteSize.FromMebibytes(410) };

    [Fact]
    public void Layers_lie_on_two_gpus_in_proportion_to_their_free_memory_and_the_output_on_the_last()
    {
        var shares = LayerSplit.Over(Llama, Settings, [Gpu("gpu0", 8), Gpu("gpu1", 16)], Ram);

        Assert.Equal([("gpu0", 11), ("gpu1", 22)], shares.Select(s => (s.Device, s.Layers)));
        var layer = (Llama.WeightBytes - Llama.HostBytes - Llama.OutputBytes).Bytes / 32.0;
        Assert.Equal((11 * layer, (21 * layer) + Llama.OutputBytes.Bytes), ((double)shares[0].Weights.Bytes, shares[1].Weights.Bytes), Close);
        Assert.Equal((11 * 32L << 20, 21 * 32L << 20), (shares[0].KeyValueCache.Bytes, shares[1].KeyValueCache.Bytes));
        Assert.All(shares, s => Assert.Equal((shares[0].Compute, MemoryEstimator.ProcessOverhead), (s.Compute, s.Overhead)));
    }

    [Fact]
    public void One_gpu_holds_all_but_the_embedding_table_which_stays_mapped_in_main_memory()
    {
        var share = Assert.Single(LayerSplit.Over(Llama, Settings, [Gpu("gpu0", 24)], Ram));

        var whole = MemoryEstimator.FromFacts(Llama, Settings, onGpu: true);
        Assert.Equal((33, whole.Total, Llama.HostBytes), (share.Layers, share.Total, whole.OnHost));
    }

    [Fact]
    public void Without_a_gpu_everything_lies_in_main_memory()
    {
        var share = Assert.Single(LayerSplit.Over(Llama, Settings, [], Ram));

        Assert.Equal((Ram, MemoryEstimator.FromFacts(Llama, Settings).Total), (share.Device, share.Total));
    }

    [Fact]
    public void Layers_that_are_not_offloaded_are_the_first_ones_and_lie_in_main_memory_with_the_tables()
    {
        var shares = LayerSplit.Over(Llama, Settings, [Gpu("gpu0", 24)], Ram, offloaded: 13);

        Assert.Equal([("gpu0", 13), (Ram, 20)], shares.Select(s => (s.Device, s.Layers)));
        Assert.Equal((12 * 32L << 20, 20 * 32L << 20), (shares[0].KeyValueCache.Bytes, shares[1].KeyValueCache.Bytes));
    }

    [Fact]
    public void Layers_of_several_kinds_cost_where_they_are()
    {
        // Attention in layers 5, 15, 25, 35; everything else keeps a state.
        var facts = KnownModels.All["granite4:tiny-h"];

        var shares = LayerSplit.Over(facts, Settings, [Gpu("gpu0", 8), Gpu("gpu1", 8)], Ram);

        Assert.Equal([21, 20], shares.Select(s => s.Layers));
        Assert.Equal(shares[0].KeyValueCache, shares[1].KeyValueCache);
        Assert.Equal((19 * 1_612_800L, 17 * 1_612_800L), (shares[0].RecurrentState.Bytes, shares[1].RecurrentState.Bytes));
    }

    [Fact]
    public void Known_sizes_of_layers_are_counted_as_they_are()
    {
        var facts = KnownModels.Tiny with { BlockCount = 2, LayerBytes = ImmutableArray.Create(1_000L, 9_000L) };

        Assert.Equal([1_000, 9_000], LayerSplit.Over(facts, Settings, [Gpu("gpu0", 4), Gpu("gpu1", 8)], null).Select(s => s.Weights.Bytes));
    }

    [Fact]
    public void Shares_add_up_to_the_whole_whatever_the_split() => Gen.Select(Gen.Int[0, 46], Gen.Int[1, 64].Array[1, 5], Gen.Int[-1, 70]).Sample((index, sizes, offloaded) =>
    {
        var models = ObservedBuffers.All.Select(l => l.Facts).Distinct().ToList();
        var facts = models[index % models.Count];
        var gpus = sizes.Select((size, i) => Gpu($"gpu{i}", size)).ToList();

        var shares = LayerSplit.Over(facts, Settings, gpus, Ram, offloaded);

        var whole = MemoryEstimator.FromFacts(facts, Settings);
        var cache = shares.Sum(s => (s.KeyValueCache + s.RecurrentState).Bytes);
        return Math.Abs(cache - whole.KeyValueCache.Bytes) <= shares.Length
            && Math.Abs(shares.Sum(s => s.Weights.Bytes) - whole.Weights.Bytes) <= shares.Length
            && shares.Sum(s => s.Layers) == facts.BlockCount + 1;
    });

    private static bool Close((double, double) left, (double, double) right) => Math.Abs(left.Item1 - right.Item1) < 2 && Math.Abs(left.Item2 - right.Item2) < 2;

    private static DeviceRoom Gpu(string name, int gibibytes) => new(name, DeviceKind.Cuda, ByteSize.FromGibibytes(gibibytes));
}
