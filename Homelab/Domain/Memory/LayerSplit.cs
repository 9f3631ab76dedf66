using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>Bytes of a model on each of several devices, layer by layer as llama.cpp lays them out (<c>load_tensors</c> in its <c>llama-model.cpp</c>): the first
/// layers that are not offloaded in main memory, the others over the GPUs in their order, as many on each as its part of the free memory, the
/// output behind the last layer, embedding tables in main memory. Pure.</summary>
internal static class LayerSplit
{
    /// <summary>Offload as many layers as there are.</summary>
    public const int AllLayers = -1;

    /// <summary>No model has more; what a file claims beyond is put on the last device.</summary>
    private const int MostLayers = 1024;

    /// <summary>The shares, GPUs in the order given and then RAM; a device that gets nothing is left out.</summary>
    /// <param name="facts">The model.</param>
    /// <param name="settings">The load.</param>
    /// <param name="gpus">Those that are used, in the engine's order, with their free bytes; empty for none.</param>
    /// <param name="ram">Name of the main memory; null where there is none to speak of, as with unified memory: then the only GPU holds everything.</param>
    /// <param name="offloaded">Layers on GPUs, the output included; <see cref="AllLayers"/> for all.</param>
    public static ImmutableArray<DeviceShare> Over(GgufFacts facts, LoadSettings settings, IReadOnlyList<DeviceRoom> gpus, string? ram, int offloaded = AllLayers)
    {
        var layers = Math.Clamp(facts.BlockCount, 0, MostLayers);
        var onGpus = gpus.Count == 0 ? 0 : offloaded < 0 ? layers + 1 : Math.Min(offloaded, layers + 1);
        var first = layers + 1 - onGpus;
        var bounds = Bounds(gpus, first, onGpus);
        var shares = ImmutableArray.CreateBuilder<DeviceShare>();
        for (var i = 0; i < gpus.Count; i++)
        {
            if (bounds[i + 1] > bounds[i])
            {
                shares.Add(Share(facts, settings, gpus[i].Name, bounds[i], bounds[i + 1], layers, isMain: shares.Count == 0, holdsTables: ram is null && shares.Count == 0, isGpu: true));
            }
        }

        // Main memory keeps the tables; with all layers on GPUs they are mapped from the file, which is no memory that anybody must find.
        if (ram is not null && (shares.Count == 0 || first > 0))
        {
            shares.Add(Share(facts, settings, ram, 0, first, layers, isMain: shares.Count == 0, holdsTables: true, isGpu: false));
        }

        return shares.ToImmutable();
    }

    /// <summary>The first layer of each GPU, and behind the last GPU the layer behind the output.</summary>
    private static int[] Bounds(IReadOnlyList<DeviceRoom> gpus, int first, int count)
    {
        var all = gpus.Sum(gpu => (double)Math.Max(0, gpu.Free.Bytes));
        var bounds = new int[gpus.Count + 1];
        bounds[0] = first;
        var sum = 0.0;
        for (var i = 0; i < gpus.Count; i++)
        {
            sum += Math.Max(0, gpus[i].Free.Bytes);

            // A layer goes to the first device whose part of the whole lies above its own (upper_bound).
            bounds[i + 1] = i == gpus.Count - 1 ? first + count : first + (int)Math.Ceiling(count * (all > 0 ? sum / all : (i + 1.0) / gpus.Count));
        }

        return bounds;
    }

    private static DeviceShare Share(GgufFacts facts, LoadSettings settings, string device, int start, int end, int layers, bool isMain, bool holdsTables, bool isGpu)
    {
        var (context, sequences, batch) = MemoryEstimator.Extent(facts, settings);
        var isLast = end > layers;
        var blocks = Math.Min(end, layers) - start;

        // Of a model with more layers than are looped over, the last device has the rest.
        var layout = AttentionLayout.From(facts, start, isLast ? Math.Max(end - 1, facts.BlockCount) : end);
        var whole = AttentionLayout.From(facts);
        return new DeviceShare(
            device,
            end - start,
            MemoryEstimator.Bounded(BlockBytes(facts, start, blocks, layers) + (isLast ? facts.OutputBytes.Bytes : 0) + (holdsTables ? facts.HostBytes.Bytes : 0)),
            MemoryEstimator.Bounded(KeyValueCacheFormula.CacheBytes(facts, layout, settings, context, sequences, batch)),
            MemoryEstimator.Bounded(KeyValueCacheFormula.StateBytes(facts, layout, sequences)),
            MemoryEstimator.Bounded(ComputeBufferFormula.GraphBytes(facts, whole, settings, context, batch)),
            MemoryEstimator.Bounded(isMain ? ComputeBufferFormula.OutputBytes(facts, sequences) : 0),
            MemoryEstimator.Bounded(isMain ? facts.ProjectorBytes.Bytes + ComputeBufferFormula.ProjectorGraphBytes(facts.ProjectorBytes) : 0),
            MemoryEstimator.ProcessOverhead + MemoryEstimator.Bounded(isGpu ? KeyValueCacheFormula.UnpackedLayerBytes(facts, whole, settings, context) : 0));
    }

    private static double BlockBytes(GgufFacts facts, int start, int count, int layers)
    {
        if (!facts.LayerBytes.IsDefaultOrEmpty)
        {
            return facts.LayerBytes.Skip(start).Take(count).Sum(bytes => (double)Math.Max(0, bytes));
        }

        double blocks = Math.Max(0, (facts.WeightBytes - facts.ProjectorBytes - facts.HostBytes - facts.OutputBytes).Bytes);
        return layers == 0 ? (start == 0 ? blocks : 0) : blocks * count / layers;
    }
}
