using System.Buffers.Binary;
using System.Text;

namespace Homelab.Engines.Gguf;

/// <summary>Reads the format's numbers and texts from a stream that may lie: never past its end, never more than the bound, never more memory than asked for.</summary>
/// <param name="stream">From the file's beginning; not closed here.</param>
/// <param name="length">Of the file.</param>
internal sealed class GgufInput(Stream stream, long length)
{
    /// <summary>Longest header read. The largest vocabularies take some 20 MB.</summary>
    public const long MaximumHeader = 256L << 20;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _at;
    private int _filled;

    /// <summary>Whether numbers are read as big-endian ones.</summary>
    public bool IsBigEndian { get; set; }

    public long Length => length;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that the header may still have.</summary>
    public long Left => Math.Min(length, MaximumHeader) - Position;

    public uint UInt32(string what)
    {
        var bytes = Take(4, what);
        return IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong UInt64(string what)
    {
        var bytes = Take(8, what);
        return IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public uint UInt16(string what)
    {
        var bytes = Take(2, what);
        return IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public byte UInt8(string what) => Take(1, what)[0];

    /// <summary>A count of things that take at least <paramref name="smallest"/> bytes each, so that what is left bounds it.</summary>
    public long Count(string what, long smallest, long most)
    {
        var count = UInt64(what);
        return count <= (ulong)most && count <= (ulong)Math.Max(0, Left / smallest) ? (long)count
            : throw new GgufException(count > (ulong)most
                ? $"{what} is {Number(count)}, more than the {most} that are read"
                : $"{what} is {Number(count)}, but only {Math.Max(0, Left)} bytes are left for them");
    }

    /// <summary>A text of at most so many bytes.</summary>
    public string Text(string what, int most)
    {
        var bytes = UInt64($"the length of {what}");
        return bytes <= (ulong)most ? Raw((int)bytes, what)
            : throw new GgufException($"{what} has {Number(bytes)} bytes; at most {most} are allowed");
    }

    /// <summary>A text whose length, within the buffer's, is known.</summary>
    public string Raw(int bytes, string what) => Encoding.UTF8.GetString(Take(bytes, what));

    /// <summary>Passes over a text of any length that fits.</summary>
    public void SkipText(string what)
    {
        var bytes = UInt64($"the length of {what}");
        Skip(bytes > (ulong)long.MaxValue ? long.MaxValue : (long)bytes, what);
    }

    public void Skip(long bytes, string what)
    {
        Check(bytes, what);
        var here = (int)Math.Min(bytes, _filled - _at);
        _at += here;
        Position += here;
        var rest = bytes - here;
        if (rest > 0 && stream.CanSeek)
        {
            stream.Seek(rest, SeekOrigin.Current);
            Position += rest;
            return;
        }

        while (rest > 0)
        {
            var part = (int)Math.Min(rest, _buffer.Length);
            Take(part, what);
            rest -= part;
        }
    }

    // At most the buffer's size.
    private ReadOnlySpan<byte> Take(int bytes, string what)
    {
        Check(bytes, what);
        if (_filled - _at < bytes)
        {
            _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
            _filled -= _at;
            _at = 0;
            while (_filled < bytes)
            {
                var read = stream.Read(_buffer, _filled, _buffer.Length - _filled);
                _filled += read > 0 ? read : throw new GgufException($"the file ends at byte {Position + _filled}, within {what}");
            }
        }

        var taken = _buffer.AsSpan(_at, bytes);
        _at += bytes;
        Position += bytes;
        return taken;
    }

    private void Check(long bytes, string what)
    {
        if (bytes > length - Position)
        {
            throw new GgufException($"the file ends at byte {length}, within {what}");
        }

        if (bytes > Left)
        {
            throw new GgufException($"the header is longer than the {MaximumHeader} bytes that are read, within {what}");
        }
    }

    // A count above this is a negative number in a signed reader's eyes.
    private static string Number(ulong value) => value > long.MaxValue ? $"{value} (or {(long)value})" : $"{value}";
}
