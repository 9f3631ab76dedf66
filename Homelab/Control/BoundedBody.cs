using System.Buffers;

namespace Homelab.Control;

/// <summary>A small request body, whole, in pooled memory that is wiped when it is disposed: bodies of the control API carry tokens and access keys.</summary>
internal sealed class BoundedBody : IDisposable
{
    private const int FirstRent = 16 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstRent);
    private int _length;

    private BoundedBody()
    {
    }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads a request's body. The caller disposes it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="longest">In bytes.</param>
    /// <returns>Null where it is longer; the rest is not read.</returns>
    public static async Task<BoundedBody?> ReadAsync(HttpContext context, int longest)
    {
        if (context.Request.ContentLength > longest)
        {
            return null;
        }

        var body = new BoundedBody();
        try
        {
            for (int read; (read = await context.Request.Body.ReadAsync(body._buffer.AsMemory(body._length), context.RequestAborted).ConfigureAwait(false)) > 0;)
            {
                body._length += read;
                if (body._length > longest)
                {
                    body.Dispose();
                    return null;
                }

                body.MakeRoom();
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            _buffer.AsSpan(0, _length).Clear();
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _length) = ([], 0);
        }
    }

    private void MakeRoom()
    {
        if (_length == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            Bytes.CopyTo(larger);
            _buffer.AsSpan().Clear();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
