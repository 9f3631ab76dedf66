using CsCheck;
using Homelab.Engines.Gguf;
using Homelab.Tests.Fakes.Gguf;

namespace Homelab.Tests.Engines.Gguf;

/// <summary>Headers of GGUF files: all types of values in both byte orders, and files that are cut off, broken or made to harm.</summary>
public sealed class GgufReaderTests
{
    [Theory]
    [InlineData(2u, false)]
    [InlineData(3u, false)]
    [InlineData(3u, true)]
    public void Header_with_every_type_of_value_is_read_in_both_byte_orders(uint version, bool isBigEndian)
    {
        var header = Everything(version, isBigEndian).Read();

        Assert.Equal(((int)version, isBigEndian, 2), (header.Version, header.IsBigEndian, header.TensorCount));
        Assert.Equal("llama", header.Metadata.Texts["general.architecture"]);
        var numbers = header.Metadata.Numbers;
        Assert.Equal((200, -100, 60_000, -30_000), (numbers["u8"], numbers["i8"], numbers["u16"], numbers["i16"]));
        Assert.Equal((4_000_000_000, -2_000_000_000, 1L << 60, -(1L << 60)), (numbers["u32"], numbers["i32"], numbers["u64"], numbers["i64"]));
        Assert.Equal((0.5, -0.25, 1, 0), (numbers["f32"], numbers["f64"], numbers["bool"], numbers["nan"]));
        Assert.Equal([1, 0, 1], header.Metadata.Arrays["layers"]);
        Assert.Equal(3, header.Metadata.TokenCount);
        Assert.DoesNotContain("tokenizer.ggml.scores", header.Metadata.Arrays.Keys);
        Assert.Equal((32 * 4 / 32 * 18) + 16, header.Metadata.Tensors.TotalBytes);
        Assert.Equal((4, true), (header.Metadata.Tensors.Vocabulary, header.Metadata.Tensors.IsComplete));
        Assert.Equal(0, header.DataOffset % 32);
    }

    [Fact]
    public void Header_is_read_the_same_where_the_stream_cannot_seek_and_gives_a_byte_at_a_time()
    {
        var bytes = Everything(3, false).Bytes;
        using var stream = new TricklingStream(bytes);
        var header = GgufReader.Read(stream, bytes.Length);
        Assert.Equal(RawGguf.Read(bytes).Metadata.Numbers, header.Metadata.Numbers);
        Assert.Equal(RawGguf.Read(bytes).DataOffset, header.DataOffset);
    }

    [Fact]
    public void File_that_a_real_engine_loads_is_read()
    {
        var path = Path.GetTempFileName();
        try
        {
            new TinyLlama { Name = "tiny", Seed = 1 }.Save(path);
            var facts = GgufModelFile.Read(path);
            Assert.Equal(("llama", 4, 4, 128, 512, 2048), (facts.Architecture, facts.BlockCount, facts.HeadCount, facts.EmbeddingLength, facts.FeedForwardLength, facts.TrainedContext));
            Assert.Equal(new FileInfo(path).Length, facts.WeightBytes.Bytes);
            Assert.Equal(facts.VocabularySize * 128L * 4, facts.HostBytes.Bytes);
            Assert.Equal((facts.VocabularySize + 1) * 128L * 4, facts.OutputBytes.Bytes); // with the norm before it
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Bytes of a block, against the sizes that ggml asserts of its structures (<c>ggml-common.h</c>).</summary>
    [Theory]
    [InlineData(2u, 32, 18)]
    [InlineData(12u, 256, 144)]
    [InlineData(14u, 256, 210)]
    [InlineData(30u, 1, 2)]
    [InlineData(39u, 32, 17)]
    [InlineData(40u, 64, 36)]
    [InlineData(41u, 128, 18)]
    [InlineData(42u, 64, 18)]
    public void Tensor_takes_the_bytes_of_its_types_blocks(uint type, ulong elements, int bytes)
    {
        var header = RawGguf.Of(0, 1).Tensor("a", type, 0, elements, 3).Data(bytes * 3).Read();
        Assert.Equal(bytes * 3, header.Metadata.Tensors.TotalBytes);
    }

    public static TheoryData<string, byte[], string> Hostile => new()
    {
        { "an empty file", [], "the file ends at byte 0, within the first four bytes" },
        { "no GGUF", "PK\x03\x04 and more"u8.ToArray(), "it is no GGUF file" },
        { "a format of before", "tjgg\x03\0\0\0"u8.ToArray(), "of before GGUF" },
        { "version 1", RawGguf.Of(0, version: 1).Bytes, "version 1" },
        { "version 99", RawGguf.Of(0, version: 99).Bytes, "version 99" },
        { "more entries than bytes", RawGguf.Of(1000).Bytes, "the number of metadata entries is 1000, but only 0 bytes are left" },
        { "a huge number of entries", RawGguf.Of(1UL << 62).Bytes, "the number of metadata entries is 4611686018427387904, more than" },
        { "a negative number of entries", RawGguf.Of(ulong.MaxValue).Bytes, "18446744073709551615 (or -1)" },
        { "a negative number of tensors", RawGguf.Of(0, ulong.MaxValue).Bytes, "the number of tensors is 18446744073709551615 (or -1)" },
        { "an overlong key", RawGguf.Of(1).U64(1UL << 40).Data(64).Bytes, "the key of metadata entry 1 has 1099511627776 bytes; at most 1024" },
        { "a text of negative length", RawGguf.Of(1).Key("general.name", GgufValueType.String).U64(ulong.MaxValue).Data(64).Bytes, "within 'general.name'" },
        { "a text beyond the end", RawGguf.Of(1).Key("general.name", GgufValueType.String).U64(1000).Data(64).Bytes, "within 'general.name'" },
        { "a long array of nothing", RawGguf.Of(1).Array("x", GgufValueType.UInt64, 1UL << 61).Data(64).Bytes, "the number of elements of 'x' is 2305843009213693952" },
        { "a long array of texts", RawGguf.Of(1).Array("tokenizer.ggml.tokens", GgufValueType.String, 1UL << 33).Data(640).Bytes, "but only" },
        { "an array in an array", RawGguf.Of(1).Array("x", GgufValueType.Array, 1).Array("y", GgufValueType.Array, 1).Data(64).Bytes, "'x' is an array of arrays" },
        { "an unknown type of value", RawGguf.Of(1).Key("x", (GgufValueType)77).U64(0).Bytes, "'x' is of value type 77" },
        { "an array of an unknown type", RawGguf.Of(1).Array("x", (GgufValueType)13, 1).U64(0).Bytes, "'x' is of value type 13" },
        { "a truth value of 7", RawGguf.Of(1).Key("x", GgufValueType.Bool).U8(7).Bytes, "'x' is 7, no truth value" },
        { "a key twice", RawGguf.Of(2).Pair("a.b", 1).Pair("a.b", 2).Bytes, "the key 'a.b' stands there twice" },
        { "a key with control characters", RawGguf.Of(2).Pair("a\u001b[31m", 1).Pair("a\u001b[31m", 2).Bytes, "the key 'a?[31m' stands there twice" },
        { "an alignment of 3", RawGguf.Of(1).Pair("general.alignment", 3).Bytes, "general.alignment is 3" },
        { "an alignment of 0", RawGguf.Of(1).Pair("general.alignment", 0).Bytes, "general.alignment is 0" },
        { "a tensor twice", RawGguf.Of(0, 2).Tensor("t", 0, 0, 8).Tensor("t", 0, 32, 8).Data(64).Bytes, "tensor 't' stands there twice" },
        { "a tensor without dimensions", RawGguf.Of(0, 1).Tensor("t", 0, 0).Data(64).Bytes, "tensor 't' has 0 dimensions" },
        { "a tensor of five dimensions", RawGguf.Of(0, 1).Tensor("t", 0, 0, 1, 1, 1, 1, 1).Data(64).Bytes, "tensor 't' has 5 dimensions" },
        { "a dimension of 0", RawGguf.Of(0, 1).Tensor("t", 0, 0, 8, 0).Data(64).Bytes, "dimension 2 of tensor 't' is 0" },
        { "a negative dimension", RawGguf.Of(0, 1).Tensor("t", 0, 0, ulong.MaxValue).Data(64).Bytes, "dimension 1 of tensor 't' is 18446744073709551615" },
        { "dimensions whose product overflows", RawGguf.Of(0, 1).Tensor("t", 0, 0, 1UL << 40, 1UL << 40).Data(64).Bytes, "dimension 2 of tensor 't'" },
        { "an unknown type of tensor", RawGguf.Of(0, 1).Tensor("t", 99, 0, 8).Data(64).Bytes, "tensor 't' is of type 99" },
        { "a type that is gone", RawGguf.Of(0, 1).Tensor("t", 31, 0, 8).Data(64).Bytes, "tensor 't' is of type 31" },
        { "half a block", RawGguf.Of(0, 1).Tensor("t", 2, 0, 33).Data(64).Bytes, "rows of 33 elements, no multiple of the 32" },
        { "an offset that is not aligned", RawGguf.Of(0, 1).Tensor("t", 0, 7, 8).Data(64).Bytes, "tensor 't' lies at offset 7" },
        { "an offset beyond the file", RawGguf.Of(0, 1).Tensor("t", 0, 1 << 20, 8).Data(64).Bytes, "reach to byte" },
        { "an offset beyond any file", RawGguf.Of(0, 1).Tensor("t", 0, ulong.MaxValue - 31, 8).Data(64).Bytes, "tensor 't' lies at offset" },
        { "weights that are cut off", RawGguf.Of(0, 1).Tensor("t", 0, 0, 64).Data(255).Bytes, "cut off or still being downloaded" },
        { "an overlong name of a tensor", RawGguf.Of(0, 1).Tensor(new string('t', 200), 0, 0, 8).Data(64).Bytes, "the name of tensor 1 has 200 bytes" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void What_cannot_be_is_named_and_takes_no_memory(string what, byte[] bytes, string expected)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = Assert.Throws<GgufException>(() => RawGguf.Read(bytes));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20, what);
    }

    [Fact]
    public void Every_file_that_is_cut_off_is_an_error_and_no_other_kind_of_failure()
    {
        var whole = Everything(3, false).Bytes;
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<GgufException>(() => RawGguf.Read(whole[..length]));
        }
    }

    /// <summary>A header that any bytes were changed in is read or refused, never anything else, and never takes memory beyond its own size.</summary>
    [Fact]
    public void Header_with_bytes_changed_at_random_is_read_or_refused_within_bounds()
    {
        var whole = Everything(3, false).Bytes;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).List[1, 8].Sample(
            changes =>
            {
                var bytes = (byte[])whole.Clone();
                foreach (var (at, value) in changes)
                {
                    bytes[at] = value;
                }

                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    RawGguf.Read(bytes);
                }
                catch (GgufException e)
                {
                    Assert.NotEmpty(e.Message);
                }

                return GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20;
            },
            iter: 20_000);
    }

    [Fact]
    public void Bytes_at_random_after_the_beginning_are_read_or_refused_within_bounds() =>
        Gen.Byte.Array[0, 400].Sample(
            rest =>
            {
                try
                {
                    RawGguf.Read([.. "GGUF"u8, 3, 0, 0, 0, .. rest]);
                    return true;
                }
                catch (GgufException)
                {
                    return true;
                }
            },
            iter: 20_000);

    /// <summary>A file of a terabyte that is mostly holes and claims a header without end: reading stops at the bound.</summary>
    [Fact]
    public void Header_that_never_ends_is_given_up_at_the_bound()
    {
        var start = RawGguf.Of(1).Array("tokenizer.ggml.merges", GgufValueType.UInt8, 1UL << 39).Bytes;
        var failure = Assert.Throws<GgufException>(() => GgufReader.Read(new MemoryStream(start), 1L << 40));
        Assert.Contains("but only", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Number_beyond_the_keys_that_are_kept_still_counts_against_the_bound()
    {
        var file = RawGguf.Of(9000);
        for (var i = 0; i < 9000; i++)
        {
            file.Pair($"k{i}", 1);
        }

        Assert.Contains("more than the 8192", Assert.Throws<GgufException>(() => file.Read()).Message, StringComparison.Ordinal);
    }

    private static RawGguf Everything(uint version, bool isBigEndian) => RawGguf.Of(17, 2, version, isBigEndian)
        .Pair("general.architecture", "llama")
        .Key("u8", GgufValueType.UInt8).U8(200)
        .Key("i8", GgufValueType.Int8).U8(unchecked((byte)-100))
        .Key("u16", GgufValueType.UInt16).U16(60_000)
        .Key("i16", GgufValueType.Int16).U16(unchecked((ushort)-30_000))
        .Key("u32", GgufValueType.UInt32).U32(4_000_000_000)
        .Key("i32", GgufValueType.Int32).U32(unchecked((uint)-2_000_000_000))
        .Key("u64", GgufValueType.UInt64).U64(1UL << 60)
        .Key("i64", GgufValueType.Int64).U64(unchecked((ulong)-(1L << 60)))
        .Key("f32", GgufValueType.Float32).U32(BitConverter.SingleToUInt32Bits(0.5f))
        .Key("f64", GgufValueType.Float64).U64(BitConverter.DoubleToUInt64Bits(-0.25))
        .Key("nan", GgufValueType.Float64).U64(BitConverter.DoubleToUInt64Bits(double.NaN))
        .Key("bool", GgufValueType.Bool).U8(1)
        .Array("layers", GgufValueType.Bool, 3).U8(1).U8(0).U8(1)
        .Array("tokenizer.ggml.tokens", GgufValueType.String, 3).Text("a").Text("b").Text("\u0120c")
        .Array("tokenizer.ggml.scores", GgufValueType.Float32, 2).U32(0).U32(0)
        .Pair("tokenizer.chat_template", new string('x', 5000))
        .Tensor("token_embd.weight", 2, 0, 32, 4)
        .Tensor("output_norm.weight", 0, 96, 4)
        .Data(96 + 16);
}
