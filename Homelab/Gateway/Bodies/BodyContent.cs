using System.Buffers;

namespace Homelab.Gateway.Bodies;

/// <summary>A request body on its way upstream: the client's bytes with the edits applied, never built up as a whole. Its length is exact.</summary>
internal sealed class BodyContent
{
    private readonly RequestBody _body;
    private readonly IReadOnlyList<ByteEdit> _edits;

    /// <param name="body">Not owned; stays whole until it was sent.</param>
    /// <param name="edits">In order of their start, not overlapping.</param>
    public BodyContent(RequestBody body, IReadOnlyList<ByteEdit> edits)
    {
        _body = body;
        _edits = edits;
        Length = body.Length;
        for (var i = 0; i < edits.Count; i++)
        {
            Length += edits[i].Replacement.Length - edits[i].Range.Length;
        }
    }

    /// <summary>Length of the edited body in bytes.</summary>
    public long Length { get; }

    /// <summary>Copies the whole edited body.</summary>
    /// <param name="target">Holds at least <see cref="Length"/> bytes.</param>
    public void CopyTo(Span<byte> target)
    {
        var bytes = _body.Bytes;
        var position = 0L;
        for (var i = 0; i < _edits.Count; i++)
        {
            var edit = _edits[i];
            var kept = bytes.Slice(position, edit.Range.Start - position);
            kept.CopyTo(target);
            target = target[(int)kept.Length..];
            edit.Replacement.Span.CopyTo(target);
            target = target[edit.Replacement.Length..];
            position = edit.Range.End;
        }

        bytes.Slice(position).CopyTo(target);
    }

    /// <summary>Writes the edited body, piece by piece.</summary>
    public async Task WriteToAsync(Stream target, CancellationToken cancellation)
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

    private static async ValueTask WriteAsync(Stream target, ReadOnlySequence<byte> bytes, CancellationToken cancellation)
    {
        foreach (var segment in bytes)
        {
            if (!segment.IsEmpty)
            {
                await target.WriteAsync(segment, cancellation);
            }
        }
    }
}
