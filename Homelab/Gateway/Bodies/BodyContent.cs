using System.Buffers;
using System.Net;

namespace Homelab.Gateway.Bodies;

/// <summary>A request body on its way upstream: the client's bytes with the edits applied, never built up as a whole. Its length is exact.</summary>
internal sealed class BodyContent : HttpContent
{
    private readonly RequestBody _body;
    private readonly IReadOnlyList<ByteEdit> _edits;
    private readonly long _length;

    /// <param name="body">Not owned; a reference is held while it is being sent.</param>
    /// <param name="edits">In order of their start, not overlapping.</param>
    public BodyContent(RequestBody body, IReadOnlyList<ByteEdit> edits)
    {
        _body = body;
        _edits = edits;
        _length = body.Length;
        for (var i = 0; i < edits.Count; i++)
        {
            _length += edits[i].Replacement.Length - edits[i].Range.Length;
        }
    }

    /// <summary>Writes the edited body; what <see cref="SerializeToStreamAsync(Stream, TransportContext?, CancellationToken)"/> does.</summary>
    public async Task WriteToAsync(Stream target, CancellationToken cancellation)
    {
        _body.AddReference();
        try
        {
            var bytes = _body.Bytes;
            var position = 0L;
            for (var i = 0; i < _edits.Count; i++)
            {
                var edit = _edits[i];
                await WriteAsync(target, bytes.Slice(position, edit.Range.Start - position), cancellation);
                if (!edit.Replacement.IsEmpty)
                {
                    await target.WriteAsync(edit.Replacement, cancellation);
                }

                position = edit.Range.End;
            }

            await WriteAsync(target, bytes.Slice(position), cancellation);
        }
        finally
        {
            _body.Dispose();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => WriteToAsync(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => WriteToAsync(stream, cancellationToken);

    private static ValueTask WriteAsync(Stream target, ReadOnlySequence<byte> bytes, CancellationToken cancellation) =>
        bytes.IsEmpty ? default : bytes.IsSingleSegment ? target.WriteAsync(bytes.First, cancellation) : WriteSegmentsAsync(target, bytes, cancellation);

    private static async ValueTask WriteSegmentsAsync(Stream target, ReadOnlySequence<byte> bytes, CancellationToken cancellation)
    {
        foreach (var segment in bytes)
        {
            await target.WriteAsync(segment, cancellation);
        }
    }
}
