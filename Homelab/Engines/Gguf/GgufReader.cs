using System.Buffers.Binary;
using System.Numerics;
using Homelab.Telemetry;

namespace Homelab.Engines.Gguf;

/// <summary>Reads what stands before the weights of a GGUF file (<c>docs/gguf.md</c> and <c>src/gguf.cpp</c> of ggml): versions 2 and 3, either byte order.
/// Files come from strangers: time and memory are bounded by the header's own length and by <see cref="GgufInput.MaximumHeader"/>, and what cannot be is named.</summary>
internal static class GgufReader
{
    private const int MaximumPairs = 1 << 13;
    private const int MaximumTensors = 1 << 17;
    private const int MaximumKey = 1024; // The format allows 64 KiB; the longest in use has some 60.
    private const int MaximumName = 127; // GGML_MAX_NAME is 64, in some builds 128, with the terminating zero.
    private const int MaximumDimensions = 4; // GGML_MAX_DIMS
    private const int MaximumText = 1024;
    private const long MaximumAlignment = 1 << 20;

    /// <exception cref="GgufException">It is no such file, or cannot be what it claims.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static GgufHeader Read(Stream stream, long length)
    {
        var input = new GgufInput(stream, length);
        var version = Version(input);
        var tensors = input.Count("the number of tensors", smallest: 8 + 4 + 8 + 4 + 8, MaximumTensors);
        var pairs = input.Count("the number of metadata entries", smallest: 8 + 4 + 1, MaximumPairs);
        var metadata = new GgufMetadata();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < pairs; i++)
        {
            ReadPair(input, metadata, keys, i);
        }

        var alignment = Alignment(metadata);
        var furthest = 0L;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < tensors; i++)
        {
            furthest = Math.Max(furthest, ReadTensor(input, metadata.Tensors, names, alignment, i));
        }

        var data = (input.Position + alignment - 1) / alignment * alignment;
        return furthest == 0 || furthest <= length - data ? new GgufHeader(version, input.IsBigEndian, metadata, (int)tensors, data)
            : throw new GgufException($"its tensors reach to byte {(Int128)data + furthest}, but the file has only {length}; it is cut off or still being downloaded");
    }

    private static int Version(GgufInput input)
    {
        var magic = input.UInt32("the first four bytes");
        if (magic != 0x46554747)
        {
            throw new GgufException(magic is 0x67676d6c or 0x67676d66 or 0x67676a74
                ? "it is in a format of before GGUF (GGML); convert it anew"
                : "it is no GGUF file: it does not begin with 'GGUF'");
        }

        var version = input.UInt32("the version");
        if (version != 0 && (version & 0xFFFF) == 0)
        {
            input.IsBigEndian = true;
            version = BinaryPrimitives.ReverseEndianness(version);
        }

        return version is 2 or 3 ? (int)version : throw new GgufException(version == 1
            ? "it is of GGUF version 1, which no engine reads any more; convert it anew"
            : $"it is of GGUF version {version}; versions 2 and 3 are read");
    }

    private static void ReadPair(GgufInput input, GgufMetadata metadata, HashSet<string> keys, int index)
    {
        var key = input.Text($"the key of metadata entry {index + 1}", MaximumKey);
        var shown = Shown(key);
        if (!keys.Add(key))
        {
            throw new GgufException($"the key {shown} stands there twice");
        }

        var type = (GgufValueType)input.UInt32($"the type of {shown}");
        switch (type)
        {
            case GgufValueType.Array:
                ReadArray(input, metadata, key, shown);
                break;
            case GgufValueType.String when metadata.Texts.Count < GgufMetadata.MaximumKeys && !IsOfTokenizer(key):
                ReadText(input, metadata, key, shown);
                break;
            case GgufValueType.String:
                input.SkipText(shown);
                break;
            default:
                var number = Number(input, type, shown);
                if (metadata.Numbers.Count < GgufMetadata.MaximumKeys)
                {
                    metadata.Numbers[key] = number;
                }

                break;
        }
    }

    private static void ReadText(GgufInput input, GgufMetadata metadata, string key, string shown)
    {
        var bytes = input.UInt64($"the length of {shown}");
        if (bytes <= MaximumText)
        {
            metadata.Texts[key] = input.Raw((int)bytes, shown);
        }
        else
        {
            input.Skip(bytes > long.MaxValue ? long.MaxValue : (long)bytes, shown);
        }
    }

    private static void ReadArray(GgufInput input, GgufMetadata metadata, string key, string shown)
    {
        var type = (GgufValueType)input.UInt32($"the type of the elements of {shown}");
        if (type == GgufValueType.Array)
        {
            throw new GgufException($"{shown} is an array of arrays, which no engine reads");
        }

        var size = Size(type, shown);
        var count = input.Count($"the number of elements of {shown}", size, long.MaxValue);
        if (key == "tokenizer.ggml.tokens")
        {
            metadata.TokenCount = (int)Math.Min(int.MaxValue, count);
        }

        if (type == GgufValueType.String)
        {
            for (var i = 0L; i < count; i++)
            {
                input.SkipText(shown);
            }
        }
        else if (count > GgufMetadata.MaximumArray || IsOfTokenizer(key) || metadata.Arrays.Count >= GgufMetadata.MaximumKeys)
        {
            input.Skip(count * size, shown);
        }
        else
        {
            var values = new double[count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Number(input, type, shown);
            }

            metadata.Arrays[key] = values;
        }
    }

    /// <summary>The byte after the tensor's last, counted from where the weights begin.</summary>
    private static long ReadTensor(GgufInput input, TensorSizes sizes, HashSet<string> names, long alignment, int index)
    {
        var name = input.Text($"the name of tensor {index + 1}", MaximumName);
        var shown = "tensor " + Shown(name);
        if (!names.Add(name))
        {
            throw new GgufException($"{shown} stands there twice");
        }

        var dimensions = input.UInt32($"the dimensions of {shown}");
        if (dimensions is 0 or > MaximumDimensions)
        {
            throw new GgufException($"{shown} has {dimensions} dimensions; 1 to {MaximumDimensions} are allowed");
        }

        Int128 elements = 1;
        long row = 0, rows = 0;
        for (var i = 0; i < dimensions; i++)
        {
            var extent = input.UInt64($"dimension {i + 1} of {shown}");
            if (extent is 0 or > long.MaxValue || (elements *= extent) > long.MaxValue)
            {
                throw new GgufException($"dimension {i + 1} of {shown} is {extent}, which cannot be");
            }

            row = i == 0 ? (long)extent : row;
            rows = i == 1 ? (long)extent : rows;
        }

        var number = input.UInt32($"the type of {shown}");
        if (!TensorType.ByNumber.TryGetValue(number, out var type))
        {
            throw new GgufException($"{shown} is of type {number}, which is not known; it may be newer than this program, or no longer in use");
        }

        if (row % type.Elements != 0)
        {
            throw new GgufException($"{shown} has rows of {row} elements, no multiple of the {type.Elements} of a block of {type.Name}");
        }

        var bytes = elements / type.Elements * type.Bytes;
        var offset = input.UInt64($"the offset of {shown}");
        if (offset % (ulong)alignment != 0 || offset > long.MaxValue || bytes + offset > long.MaxValue)
        {
            throw new GgufException($"{shown} lies at offset {offset}, which is beyond any file or no multiple of {alignment}");
        }

        sizes.Add(name, (long)bytes, dimensions == 2 ? rows : 0);
        return (long)(bytes + offset);
    }

    private static long Alignment(GgufMetadata metadata) => !metadata.Numbers.TryGetValue("general.alignment", out var stated) ? 32
        : stated is >= 1 and <= MaximumAlignment && BitOperations.IsPow2((long)stated) ? (long)stated
        : throw new GgufException($"general.alignment is {stated}, no power of two of at most {MaximumAlignment}");

    private static double Number(GgufInput input, GgufValueType type, string what)
    {
        var value = type switch
        {
            GgufValueType.UInt8 => input.UInt8(what),
            GgufValueType.Int8 => (sbyte)input.UInt8(what),
            GgufValueType.UInt16 => input.UInt16(what),
            GgufValueType.Int16 => (short)input.UInt16(what),
            GgufValueType.UInt32 => input.UInt32(what),
            GgufValueType.Int32 => (int)input.UInt32(what),
            GgufValueType.Float32 => BitConverter.UInt32BitsToSingle(input.UInt32(what)),
            GgufValueType.Bool => Truth(input.UInt8(what), what),
            GgufValueType.UInt64 => input.UInt64(what),
            GgufValueType.Int64 => (long)input.UInt64(what),
            GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(input.UInt64(what)),
            _ => throw Unknown(type, what),
        };
        return double.IsFinite(value) ? value : 0;
    }

    private static byte Truth(byte value, string what) => value <= 1 ? value : throw new GgufException($"{what} is {value}, no truth value");

    /// <summary>Bytes that a value takes at least.</summary>
    private static int Size(GgufValueType type, string what) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 or GgufValueType.String => 8,
        _ => throw Unknown(type, what),
    };

    private static GgufException Unknown(GgufValueType type, string what) => new($"{what} is of value type {(uint)type}, which the format does not have");

    private static bool IsOfTokenizer(string key) => key.StartsWith("tokenizer.", StringComparison.Ordinal);

    private static string Shown(string text) => $"'{Printable.OneLine(text, 80)}'";
}
