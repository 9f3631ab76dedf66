namespace Homelab.Tests.Gateway.Forwarding;

/// <summary>A stream that hands out its bytes in given pieces and may break off behind them. Completes synchronously.</summary>
internal sealed class ChunkedSource(IEnumerable<ReadOnlyMemory<byte>> chunks, bool breaksOff = false) : Stream
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _chunks = chunks.GetEnumerator();
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!_chunks.MoveNext())
            {
                return breaksOff ? ValueTask.FromException<int>(new IOException("cut")) : new ValueTask<int>(0);
            }

            _rest = _chunks.Current;
        }

        var length = Math.Min(buffer.Length, _rest.Length);
        _rest[..length].CopyTo(buffer);
        _rest = _rest[length..];
        return new ValueTask<int>(length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
