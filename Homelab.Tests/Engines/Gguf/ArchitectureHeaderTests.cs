using System.Globalization;
using Homelab.Bench.Estimates;
using Homelab.Domain.Models;
using Homelab.Engines.Gguf;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Engines.Gguf;

/// <summary>A GGUF file with the header of each family of architectures, read from the disk, is estimated as the metadata that it was written from.</summary>
public sealed class ArchitectureHeaderTests
{
    private const uint HalfPrecision = 1;

    public static TheoryData<string> Models => [.. ObservedBuffers.All.Select(load => load.Model).Distinct()];

    [Theory, MemberData(nameof(Models))]
    public void Header_of_each_architecture_gives_the_facts_it_was_written_from(string model)
    {
        var metadata = ObservedBuffers.Metadata[model];
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.gguf");
        File.WriteAllBytes(path, Write(metadata));

        var facts = GgufModelFile.Read(path);

        var load = ObservedBuffers.All.First(l => l.Model == model);
        var expected = FactsFromMetadata.Read(metadata, facts.WeightBytes, ByteSize.Zero) with { IsEmbedder = facts.IsEmbedder };
        Assert.Equal(
            MemoryEstimator.FromFacts(expected, load.Settings).KeyValueCache,
            MemoryEstimator.FromFacts(facts, load.Settings).KeyValueCache);
        Assert.Equal(MemoryEstimator.FromFacts(expected, load.Settings).Compute, MemoryEstimator.FromFacts(facts, load.Settings).Compute);
        Assert.Equal((expected.BlockCount, expected.Architecture, expected.VocabularySize), (facts.BlockCount, facts.Architecture, facts.VocabularySize));
        Assert.Equal(new FileInfo(path).Length, facts.WeightBytes.Bytes);
        Assert.Equal([32L, 64L], facts.LayerBytes.AsEnumerable());
    }

    private static byte[] Write(GgufMetadata metadata)
    {
        var architecture = metadata.Texts["general.architecture"];
        var file = RawGguf.Of((ulong)(1 + metadata.Numbers.Count + metadata.Arrays.Count), tensors: 2).Pair("general.architecture", architecture);
        foreach (var (key, value) in metadata.Numbers)
        {
            file.Pair(key, Convert.ToUInt32(value, CultureInfo.InvariantCulture));
        }

        foreach (var (key, values) in metadata.Arrays)
        {
            // Which layers have a window is told in truth values, all else in numbers.
            var isTruth = key.EndsWith("sliding_window_pattern", StringComparison.Ordinal);
            file.Array(key, isTruth ? GgufValueType.Bool : GgufValueType.UInt32, (ulong)values.Length);
            foreach (var value in values)
            {
                file = isTruth ? file.U8((byte)value) : file.U32((uint)value);
            }
        }

        return file.Tensor("blk.0.attn_q.weight", HalfPrecision, 0, 4, 4).Tensor("blk.1.attn_q.weight", HalfPrecision, 32, 8, 4).Data(96).Bytes;
    }
}
