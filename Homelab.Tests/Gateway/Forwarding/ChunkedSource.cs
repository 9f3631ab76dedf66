using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway.Forwarding;

/// <summary>An answer that hands out its bytes in given pieces and may break off behind them. Completes synchronously.</summary>
internal sealed class ChunkedSource(IEnumerable<ReadOnlyMemory<byte>> chunks, bool breaksOff = false) : IAnswerSource
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _chunks = chunks.GetEnumerator();
    private ReadOnlyMemory<byte> _rest;

    public bool AtEnd => false;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
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
}
