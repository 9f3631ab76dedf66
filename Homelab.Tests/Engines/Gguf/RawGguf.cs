using System.Buffers.Binary;
using System.Text;
using Homelab.Engines.Gguf;

namespace Homelab.Tests.Engines.Gguf;

/// <summary>Bytes of a GGUF header, value by value, true or not: any version, either byte order.</summary>
internal sealed class RawGguf
{
    private readonly MemoryStream _bytes = new();

    public bool IsBigEndian { get; init; }

    public byte[] Bytes => _bytes.ToArray();

    public static RawGguf Of(ulong pairs, ulong tensors = 0, uint version = 3, bool isBigEndian = false)
    {
        var file = new RawGguf { IsBigEndian = isBigEndian };
        file._bytes.Write("GGUF"u8);
        return file.U32(version).U64(tensors).U64(pairs);
    }

    public static GgufHeader Read(byte[] bytes) => GgufReader.Read(new MemoryStream(bytes), bytes.Length);

    public GgufHeader Read() => Read(Bytes);

    public RawGguf U8(byte value)
    {
        _bytes.WriteByte(value);
        return this;
    }

    public RawGguf U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        }

        _bytes.Write(bytes);
        return this;
    }

    public RawGguf U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        _bytes.Write(bytes);
        return this;
    }

    public RawGguf U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        }

        _bytes.Write(bytes);
        return this;
    }

    public RawGguf Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        U64((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A key and the type of what follows.</summary>
    public RawGguf Key(string key, GgufValueType type) => Text(key).U32((uint)type);

    public RawGguf Pair(string key, string value) => Key(key, GgufValueType.String).Text(value);

    public RawGguf Pair(string key, uint value) => Key(key, GgufValueType.UInt32).U32(value);

    public RawGguf Array(string key, GgufValueType type, ulong count) => Key(key, GgufValueType.Array).U32((uint)type).U64(count);

    public RawGguf Tensor(string name, uint type, ulong offset, params ReadOnlySpan<ulong> dimensions)
    {
        Text(name).U32((uint)dimensions.Length);
        foreach (var dimension in dimensions)
        {
            U64(dimension);
        }

        return U32(type).U64(offset);
    }

    /// <summary>Pads to where the weights begin and adds so many bytes of them.</summary>
    public RawGguf Data(int bytes)
    {
        _bytes.Write(new byte[((32 - (_bytes.Length % 32)) % 32) + bytes]);
        return this;
    }
}
