using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Homelab.Clients;

/// <summary>Reads UTF-8 lines from a stream without ever holding more than one bounded line. Not thread-safe. Disposing it disposes the stream.</summary>
internal sealed class BoundedLineReader : IAsyncDisposable
{
    private readonly PipeReader _pipe;
    private readonly int _longest;
    private readonly TimeSpan _idle;
    private readonly TimeProvider _time;

    /// <param name="stream">What to read.</param>
    /// <param name="longest">Most bytes that a line may have.</param>
    /// <param name="idle">Longest pause between two pieces of data; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="time">For <paramref name="idle"/>.</param>
    public BoundedLineReader(Stream stream, int longest, TimeSpan idle, TimeProvider time)
    {
        _pipe = PipeReader.Create(stream);
        _longest = longest;
        _idle = idle;
        _time = time;
    }

    /// <summary>The next line without its end; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    /// <exception cref="IOException">The stream broke, or nothing came for too long.</exception>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var result = await FillAsync(cancellation).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                var text = Check(line);
                _pipe.AdvanceTo(buffer.GetPosition(1, end));
                return text;
            }

            if (result.IsCompleted)
            {
                var rest = buffer.IsEmpty ? null : Check(buffer);
                _pipe.AdvanceTo(buffer.End);
                return rest;
            }

            _ = buffer.Length > _longest ? Check(buffer) : null;
            _pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public ValueTask DisposeAsync() => _pipe.CompleteAsync();

    private async ValueTask<ReadResult> FillAsync(CancellationToken cancellation)
    {
        if (_idle == Timeout.InfiniteTimeSpan)
        {
            return await _pipe.ReadAsync(cancellation).ConfigureAwait(false);
        }

        using var silence = new CancellationTokenSource(_idle, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        try
        {
            return await _pipe.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("nothing came for too long");
        }
    }

    private string Check(ReadOnlySequence<byte> line) => line.Length > _longest
        ? throw new InvalidDataException($"a line is longer than {_longest} bytes")
        : Encoding.UTF8.GetString(line).TrimEnd('\r');
}
