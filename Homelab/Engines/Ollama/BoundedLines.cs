using System.Buffers;
using System.IO.Pipelines;

namespace Homelab.Engines.Ollama;

/// <summary>Reads a stream of lines, none longer than 64 KiB. Owns the stream.</summary>
internal sealed class BoundedLines(Stream stream) : IAsyncDisposable
{
    private const int MaximumLine = 64 << 10;

    private readonly PipeReader _reader = PipeReader.Create(stream);

    /// <summary>The next line that is not empty, without its end; null at the end of the stream.</summary>
    /// <exception cref="IOException">The line is too long, or the connection broke.</exception>
    public async Task<byte[]?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(cancellation);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                if (line.AsSpan().Trim(" \r\t"u8).Length > 0)
                {
                    return line;
                }

                continue;
            }

            if (buffer.Length > MaximumLine)
            {
                throw new InvalidDataException("a line of the answer is too long");
            }

            if (result.IsCompleted)
            {
                var rest = buffer.ToArray();
                _reader.AdvanceTo(buffer.End);
                return rest.AsSpan().Trim(" \r\t"u8).Length > 0 ? rest : null;
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public ValueTask DisposeAsync() => _reader.CompleteAsync();
}
