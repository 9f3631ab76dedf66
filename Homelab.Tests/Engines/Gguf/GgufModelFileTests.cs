using Homelab.Engines.Gguf;

namespace Homelab.Tests.Engines.Gguf;

/// <summary>Models as they lie on the disk: whole, split into parts, with parts missing.</summary>
public sealed class GgufModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-gguf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Split_model_is_the_sum_of_its_parts_whichever_is_named(int named)
    {
        var first = Save("m-00001-of-00002.gguf", First(2));
        var second = Save("m-00002-of-00002.gguf", RawGguf.Of(1, 1).Pair("split.count", 2).Tensor("output.weight", 1, 0, 8, 4).Data(64));
        var facts = GgufModelFile.Read(named == 1 ? first : second);
        Assert.Equal(("llama", 12, 4), (facts.Architecture, facts.BlockCount, facts.VocabularySize));
        Assert.Equal(new FileInfo(first).Length + new FileInfo(second).Length, facts.WeightBytes.Bytes);
        Assert.Equal((64, 64), (facts.HostBytes.Bytes, facts.OutputBytes.Bytes));
    }

    [Fact]
    public void Part_that_is_missing_is_named() => Fails("m-00002-of-00003.gguf is missing beside m-00001-of-00003.gguf", Save("m-00001-of-00003.gguf", First(3)), Save("m-00003-of-00003.gguf", First(3)));

    [Fact]
    public void Part_under_a_name_of_its_own_is_refused() => Fails("it is one of 3 parts by its header, but is not named as one", Save("m.gguf", First(3)));

    [Fact]
    public void Part_number_that_cannot_be_is_refused() => Fails("part 5 of 2 cannot be", Save("m-00005-of-00002.gguf", First(2)));

    [Fact]
    public void Projector_is_no_model() => Fails("m.gguf: it is a projector and no model", Save("m.gguf", RawGguf.Of(1).Pair("general.architecture", "clip")));

    [Fact]
    public void Broken_part_is_named() => Fails("m-00002-of-00002.gguf: the file ends", Save("m-00001-of-00002.gguf", First(2)), Save("m-00002-of-00002.gguf", new RawGguf().U8((byte)'G')));

    [Fact]
    public void File_that_is_not_there_is_said_to_be_missing() => Assert.ThrowsAny<IOException>(() => GgufModelFile.Read(Path.Combine(_folder, "none.gguf")));

    private static RawGguf First(uint parts) => RawGguf.Of(3, 1)
        .Pair("general.architecture", "llama").Pair("llama.block_count", 12).Pair("split.count", parts)
        .Tensor("token_embd.weight", 1, 0, 8, 4).Data(64);

    private static void Fails(string expected, params string[] files) =>
        Assert.Contains(expected, Assert.Throws<GgufException>(() => GgufModelFile.Read(files[0])).Message, StringComparison.Ordinal);

    private string Save(string name, RawGguf file)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, file.Bytes);
        return path;
    }
}
