using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.Tests.Fakes.Gguf;

/// <summary>A file in the GGUF format, version 3 (<c>docs/gguf.md</c> of ggml), little-endian: metadata, then the tensors' names and places, then their
/// values, row by row as they are made, so that no tensor is ever whole in memory.</summary>
internal sealed class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747;
    private const uint Version = 3;
    private const int Alignment = 32;

    private readonly MemoryStream _metadata = new();
    private readonly BinaryWriter _pairs;
    private readonly List<Tensor> _tensors = [];
    private ulong _count;

    public GgufFile() => _pairs = new BinaryWriter(_metadata, Encoding.UTF8);

    // The numbers of the format's value types.
    private enum Kind : uint
    {
        UInt32 = 4,
        Int32 = 5,
        Float32 = 6,
        Bool = 7,
        String = 8,
        Array = 9,
    }

    public void Set(string key, uint value) => Key(key, Kind.UInt32).Write(value);

    public void Set(string key, float value) => Key(key, Kind.Float32).Write(value);

    public void Set(string key, bool value) => Key(key, Kind.Bool).Write(value);

    public void Set(string key, string value) => Text(Key(key, Kind.String), value);

    public void Set(string key, IReadOnlyCollection<string> values)
    {
        Array(key, Kind.String, values.Count);
        foreach (var value in values)
        {
            Text(_pairs, value);
        }
    }

    public void Set(string key, IReadOnlyCollection<int> values)
    {
        Array(key, Kind.Int32, values.Count);
        foreach (var value in values)
        {
            _pairs.Write(value);
        }
    }

    /// <summary>A vector of 32-bit numbers.</summary>
    public void Vector(string name, int length, RowFill fill) => _tensors.Add(new Tensor(name, [length], false, fill));

    /// <summary>A matrix of 32-bit or 16-bit numbers.</summary>
    /// <param name="name">As the engine expects it.</param>
    /// <param name="columns">Values in a row: what goes in.</param>
    /// <param name="rows">How many rows: what comes out.</param>
    /// <param name="isHalf">16 bits a value.</param>
    /// <param name="fill">Makes the rows.</param>
    public void Matrix(string name, int columns, int rows, bool isHalf, RowFill fill) => _tensors.Add(new Tensor(name, [columns, rows], isHalf, fill));

    public void Save(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var writer = new BinaryWriter(file, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        writer.Write(_count);
        writer.Write(_metadata.ToArray());
        var offset = 0L;
        foreach (var tensor in _tensors)
        {
            Text(writer, tensor.Name);
            writer.Write((uint)tensor.Dimensions.Length);
            foreach (var dimension in tensor.Dimensions)
            {
                writer.Write((ulong)dimension);
            }

            // The format's numbers of F16 and F32.
            writer.Write(tensor.IsHalf ? 1u : 0u);
            writer.Write((ulong)offset);
            offset += Aligned(tensor.Bytes);
        }

        Pad(writer);
        foreach (var tensor in _tensors)
        {
            tensor.Write(writer);
            Pad(writer);
        }
    }

    public void Dispose()
    {
        _pairs.Dispose();
        _metadata.Dispose();
    }

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        var position = writer.BaseStream.Position;
        writer.Write(new byte[Aligned(position) - position]);
    }

    private static void Text(BinaryWriter writer, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private BinaryWriter Key(string key, Kind kind)
    {
        Text(_pairs, key);
        _pairs.Write((uint)kind);
        _count++;
        return _pairs;
    }

    private void Array(string key, Kind kind, int count)
    {
        Key(key, Kind.Array).Write((uint)kind);
        _pairs.Write((ulong)count);
    }

    private sealed record Tensor(string Name, int[] Dimensions, bool IsHalf, RowFill Fill)
    {
        private int Rows => Dimensions.Length > 1 ? Dimensions[1] : 1;

        public long Bytes => (long)Dimensions[0] * Rows * (IsHalf ? 2 : 4);

        public void Write(BinaryWriter writer)
        {
            var values = new float[Dimensions[0]];
            var halves = new Half[IsHalf ? values.Length : 0];
            for (var row = 0; row < Rows; row++)
            {
                System.Array.Clear(values);
                Fill(row, values);
                for (var i = 0; i < halves.Length; i++)
                {
                    halves[i] = (Half)values[i];
                }

                writer.Write(IsHalf ? MemoryMarshal.AsBytes<Half>(halves) : MemoryMarshal.AsBytes<float>(values));
            }
        }
    }
}
