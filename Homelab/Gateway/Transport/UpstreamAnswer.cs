namespace Homelab.Gateway.Transport;

/// <summary>An upstream's answer: its head is there, its body is read from it. Used by one flow. Disposing gives the connection back where the body
/// was read to its end, and otherwise closes it at once, which is how an engine learns that nobody wants the rest.</summary>
internal sealed class UpstreamAnswer(UpstreamPool pool, UpstreamConnection connection) : IAnswerSource, IDisposable
{
    private UpstreamConnection? _connection = connection;

    public int Status { get; } = connection.Head.Status;

    /// <summary>Valid until disposed.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => Connection.Head.Headers;

    public string? ContentType { get; } = connection.Head.ContentType;

    /// <summary>Length of the body in bytes; null where only its end tells.</summary>
    public long? ContentLength { get; } = connection.Head.Framing == BodyFraming.Length ? connection.Head.Length : null;

    public bool AtEnd => Connection.AtEnd;

    private UpstreamConnection Connection => _connection ?? throw new ObjectDisposedException(nameof(UpstreamAnswer));

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation) => Connection.ReadBodyAsync(buffer, cancellation);

    /// <summary>Reads a small body whole; null where it is longer than allowed.</summary>
    /// <exception cref="IOException">It broke off.</exception>
    public async Task<byte[]?> ReadAllAsync(int longest, CancellationToken cancellation)
    {
        var buffer = new byte[longest + 1];
        var length = 0;
        while (length < buffer.Length && await ReadAsync(buffer.AsMemory(length), cancellation) is > 0 and var read)
        {
            length += read;
        }

        return length <= longest ? buffer[..length] : null;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } used)
        {
            pool.Return(used);
        }
    }
}
