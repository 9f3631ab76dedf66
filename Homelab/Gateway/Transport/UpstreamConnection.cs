using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Homelab.Gateway.Bodies;

namespace Homelab.Gateway.Transport;

/// <summary>One HTTP/1.1 connection to an upstream: a request out, its answer in, and again. Used by one flow at a time. Holds a buffer only while it
/// serves; waiting for bytes allocates nothing.</summary>
internal sealed class UpstreamConnection : IDisposable
{
    /// <summary>Small, since every running stream holds one: an event is a few hundred bytes, and a document goes past it.</summary>
    private const int BufferSize = 8 * 1024;

    /// <summary>Interim answers (100, 103) that are read over before the real one.</summary>
    private const int MostInterim = 16;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private ChunkedDecoder _chunks;
    private long _left;
    private bool _spoiled;

    private UpstreamConnection(Socket socket, Stream stream) => (_socket, _stream) = (socket, stream);

    /// <summary>Of the answer now read.</summary>
    public AnswerHead Head { get; } = new();

    /// <summary>Whether the answer's body was read to its end.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>When it was last given back, by the pool's clock.</summary>
    public long RestingSince { get; set; }

    /// <summary>Whether another request may be sent: the last answer is read whole, and nothing came behind it.</summary>
    public bool CanServeAnother => AtEnd && !_spoiled && Head.KeepsAlive && _start == _end;

    /// <summary>Connects.</summary>
    /// <exception cref="UpstreamException">Nobody listens there, or the name or its certificate is not known.</exception>
    public static async Task<UpstreamConnection> OpenAsync(Uri address, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            WatchPeer(socket);
            await socket.ConnectAsync(new DnsEndPoint(address.DnsSafeHost, address.Port), cancellation);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (address.Scheme == Uri.UriSchemeHttps)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.DnsSafeHost, ApplicationProtocols = [SslApplicationProtocol.Http11] }, cancellation);
                stream = secure;
            }

            return new UpstreamConnection(socket, stream);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
        {
            socket.Dispose();
            throw new UpstreamException(UpstreamFault.Unreachable, e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A machine that lost its power closes nothing: after half a minute without a sign of it the connection breaks, also while an answer is awaited.</summary>
    private static void WatchPeer(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    /// <summary>Whether a connection that rested can be used: it has not been closed meanwhile, and nothing came that nobody asked for.</summary>
    public bool IsSound() => !_socket.Poll(0, SelectMode.SelectRead) || (_stream is SslStream && _socket.Available > 0);

    /// <summary>Sends a request whole. Where that breaks off, the answer may already be there (a refusal of the body, say): it is read all the same,
    /// and the connection is not used again.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the connection is of no more use.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> head, BodyContent? body, CancellationToken cancellation)
    {
        _buffer = _buffer.Length > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(BufferSize);
        var length = head.Length + (body?.Length ?? 0);
        try
        {
            if (length <= _buffer.Length)
            {
                // One piece: one system call, one packet.
                head.Span.CopyTo(_buffer);
                body?.CopyTo(_buffer.AsSpan(head.Length));
                await _stream.WriteAsync(_buffer.AsMemory(0, (int)length), cancellation);
                return;
            }

            await _stream.WriteAsync(head, cancellation);
            if (body is not null)
            {
                await body.WriteToAsync(_stream, cancellation);
            }
        }
        catch (IOException)
        {
            _spoiled = true;
        }
    }

    /// <summary>Reads up to the answer's body, over interim answers.</summary>
    /// <exception cref="UpstreamException">The connection ended, or what came is no HTTP answer.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadHeadAsync(CancellationToken cancellation)
    {
        _start = _end = 0;
        var searched = 0;
        var interim = 0;
        while (true)
        {
            var length = Head.Read(_buffer.AsSpan(_start, _end - _start), ref searched);
            if (length > 0)
            {
                _start += length;
                searched = 0;
                if (Head.Status >= 200)
                {
                    break;
                }

                if (Head.Status == 101 || ++interim > MostInterim)
                {
                    throw new UpstreamException(UpstreamFault.Invalid, "an interim answer that was not asked for");
                }

                continue;
            }

            MakeRoom();
            int read;
            try
            {
                read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            }
            catch (IOException e)
            {
                throw new UpstreamException(UpstreamFault.Closed, e.Message, e);
            }

            _end += read > 0 ? read : throw new UpstreamException(UpstreamFault.Closed, "the connection ended before an answer");
        }

        _chunks = default;
        _left = Head.Length;
        AtEnd = Head.Framing == BodyFraming.Length && _left == 0;
    }

    /// <summary>See <see cref="IAnswerSource.ReadAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadBodyAsync(Memory<byte> target, CancellationToken cancellation)
    {
        while (true)
        {
            if (_start < _end)
            {
                var taken = Take(target.Span);
                if (taken > 0)
                {
                    return taken;
                }
            }

            if (AtEnd)
            {
                return 0;
            }

            if (Head.Framing != BodyFraming.Chunked)
            {
                return await ReadPlainAsync(target, cancellation);
            }

            _start = _end = 0;
            _end = await _stream.ReadAsync(_buffer, cancellation);
            if (_end == 0)
            {
                throw new IOException("the connection ended within the answer");
            }
        }
    }

    /// <summary>Gives the buffer back while nothing is served.</summary>
    public void Rest()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        Rest();
    }

    /// <summary>Decodes from the buffer; 0 where it held only framing.</summary>
    private int Take(Span<byte> target)
    {
        int taken;
        if (Head.Framing == BodyFraming.Chunked)
        {
            try
            {
                taken = _chunks.Decode(_buffer.AsSpan(_start, _end - _start), target, out var consumed);
                _start += consumed;
                AtEnd = _chunks.Ended;
                return taken;
            }
            catch (InvalidDataException e)
            {
                throw new IOException(e.Message, e);
            }
        }

        taken = (int)Math.Min(_end - _start, Head.Framing == BodyFraming.Length ? Math.Min(_left, target.Length) : target.Length);
        _buffer.AsSpan(_start, taken).CopyTo(target);
        _start += taken;
        CountPlain(taken);
        return taken;
    }

    /// <summary>Without framing the bytes go straight to where they are wanted.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadPlainAsync(Memory<byte> target, CancellationToken cancellation)
    {
        var known = Head.Framing == BodyFraming.Length;
        var read = await _stream.ReadAsync(known && target.Length > _left ? target[..(int)_left] : target, cancellation);
        if (read == 0)
        {
            AtEnd = !known ? true : throw new IOException("the connection ended within the answer");
        }

        CountPlain(read);
        return read;
    }

    private void CountPlain(int read)
    {
        if (Head.Framing == BodyFraming.Length)
        {
            _left -= read;
            AtEnd = _left == 0;
        }
    }

    /// <summary>Makes room behind what is not read yet; the head's own bound keeps it small.</summary>
    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        var unread = _end - _start;
        var target = _start > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(_start, unread).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_start, _end) = (0, unread);
    }
}
