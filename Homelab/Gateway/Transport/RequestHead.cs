using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Homelab.Gateway.Transport;

/// <summary>The head of a request to an upstream, written straight into pooled bytes. Nothing that is added can end a line or start another:
/// such a value is left out.</summary>
internal sealed class RequestHead : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(2048);
    private int _length;

    /// <param name="method">E.g. <c>POST</c>.</param>
    /// <param name="target">Path and query, escaped; whatever is no visible ASCII in it is escaped here.</param>
    /// <param name="host">The <c>Host</c> header.</param>
    public RequestHead(string method, string target, string host)
    {
        Write(method);
        Write(" "u8);
        WriteTarget(target);
        Write(" HTTP/1.1\r\n"u8);
        Add("Host", host);
    }

    /// <summary>Adds a header, unless its value could not stand in one.</summary>
    public void Add(string name, string? value)
    {
        if (value is null || value.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0)
        {
            return;
        }

        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    /// <summary>Ends the head.</summary>
    /// <param name="contentLength">Length of the body that follows; null for a request without one.</param>
    /// <returns>The whole head, valid until this is disposed.</returns>
    public ReadOnlyMemory<byte> Finish(long? contentLength)
    {
        if (contentLength is { } length)
        {
            Write("Content-Length: "u8);
            Reserve(20);
            Utf8Formatter.TryFormat(length, _bytes.AsSpan(_length), out var digits);
            _length += digits;
            Write("\r\n"u8);
        }

        Write("\r\n"u8);
        return _bytes.AsMemory(0, _length);
    }

    public void Dispose()
    {
        var bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void WriteTarget(string target)
    {
        if (target.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0)
        {
            Write(target);
            return;
        }

        foreach (var letter in Encoding.UTF8.GetBytes(target))
        {
            if (letter is > 0x20 and < 0x7f)
            {
                Write([letter]);
            }
            else
            {
                Write([(byte)'%', (byte)Digit(letter >> 4), (byte)Digit(letter & 15)]);
            }
        }

        static char Digit(int value) => "0123456789ABCDEF"[value];
    }

    private void Write(string text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Reserve(int length)
    {
        if (_bytes.Length - _length >= length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + length));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
