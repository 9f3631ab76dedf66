using System.Buffers;

namespace Homelab.Gateway.Bodies;

/// <summary>A request's whole body in pooled segments. Filled by one thread, then read-only. Disposed once nobody is sending it any more: a segment that
/// went back to the pool too early would send somebody else's bytes.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstSegment = 16 * 1024;

    private const int FurtherSegment = 64 * 1024;

    /// <summary>Largest body that gets one segment of its announced size at once.</summary>
    private const int LargestAtOnce = 128 * 1024;

    private readonly bool _pooled = true;
    private Segment _first;
    private Segment _last;
    private bool _returned;

    /// <param name="expected">Announced length in bytes; null where none was.</param>
    public RequestBody(long? expected)
    {
        var size = expected is { } length and <= LargestAtOnce ? Math.Max((int)length, 1) : FirstSegment;
        _first = _last = new Segment(ArrayPool<byte>.Shared.Rent(size), 0);
    }

    /// <summary>A body that is already whole; the array is not pooled.</summary>
    public RequestBody(byte[] whole)
    {
        _pooled = false;
        _first = _last = new Segment(whole, 0);
        _last.Fill(whole.Length);
        Length = whole.Length;
    }

    public long Length { get; private set; }

    /// <summary>The bytes read so far.</summary>
    public ReadOnlySequence<byte> Bytes => new(_first, 0, _last, _last.Memory.Length);

    /// <summary>Where the next bytes go; never empty.</summary>
    public Memory<byte> GetMemory()
    {
        if (_last.Free.IsEmpty)
        {
            var next = new Segment(ArrayPool<byte>.Shared.Rent(FurtherSegment), Length);
            _last.Append(next);
            _last = next;
        }

        return _last.Free;
    }

    public void Advance(int count)
    {
        _last.Fill(count);
        Length += count;
    }

    /// <summary>Returns the segments; nobody may read the body any more.</summary>
    public void Dispose()
    {
        if (!_pooled || _returned)
        {
            return;
        }

        _returned = true;
        for (var segment = _first; segment is not null; segment = segment.Following)
        {
            ArrayPool<byte>.Shared.Return(segment.Array);
        }

        _first = _last = new Segment([], 0);
    }

    /// <summary>One rented array of the body, linked to the next.</summary>
    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private int _filled;

        public Segment(byte[] array, long start)
        {
            Array = array;
            RunningIndex = start;
        }

        public byte[] Array { get; }

        public Segment? Following { get; private set; }

        public Memory<byte> Free => Array.AsMemory(_filled);

        public void Fill(int count)
        {
            _filled += count;
            Memory = Array.AsMemory(0, _filled);
        }

        public void Append(Segment next)
        {
            Following = next;
            Next = next;
        }
    }
}
