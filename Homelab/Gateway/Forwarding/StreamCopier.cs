using System.Buffers;
using System.IO.Pipelines;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Forwarding;

/// <summary>Copies an engine's answer to the client, byte for byte and a flush a read; the last bytes of a whole answer are left to whoever ends it. Whole events
/// are passed on; a part of one is held until its rest is there (no client can use it before), so that an event can be left out and a cut stream never
/// ends within one.
/// Allocates nothing a chunk: one pooled buffer, which grows only for an event that does not fit.</summary>
internal static class StreamCopier
{
    private const int InitialBuffer = 8 * 1024;

    /// <summary>Largest event that is held whole; of a longer one only the beginning is looked at.</summary>
    private const int LargestEvent = 8 * 1024 * 1024;

    /// <summary>How much of a document's end is kept for its token counts.</summary>
    private const int TailLength = 4 * 1024;

    /// <param name="source">The answer.</param>
    /// <param name="target">The client.</param>
    /// <param name="inspector">Looks at each unit, and knows how long one is.</param>
    /// <param name="watch">Bounds the waits.</param>
    /// <param name="rename">Null: the bytes pass as they are.</param>
    /// <exception cref="OperationCanceledException">The watch ended: see <see cref="RequestWatch.Stalled"/>.</exception>
    public static async ValueTask<CopyEnd> CopyAsync(IAnswerSource source, PipeWriter target, StreamInspector inspector, RequestWatch watch, ModelRename? rename = null)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
        var tail = inspector.Format == StreamFormat.Document ? ArrayPool<byte>.Shared.Rent(TailLength) : [];
        var tailLength = 0;
        try
        {
            var filled = 0;
            var scanned = 0;
            var oversized = false;
            while (true)
            {
                watch.AwaitStream();
                int read;
                try
                {
                    read = await source.ReadAsync(buffer.AsMemory(filled), watch.Token);
                }
                catch (IOException)
                {
                    CloseUnit(target, inspector, oversized);
                    return CopyEnd.SourceCut;
                }

                if (read == 0)
                {
                    break;
                }

                if (inspector.Format == StreamFormat.Document)
                {
                    tailLength = Keep(tail.AsSpan(0, TailLength), tailLength, buffer.AsSpan(0, read));
                }

                filled += read;
                var consumed = Pass(buffer.AsSpan(0, filled), ref scanned, ref oversized, target, inspector, rename, out var wrote);
                if (consumed == 0 && filled == buffer.Length)
                {
                    if (buffer.Length < LargestEvent)
                    {
                        buffer = Grow(buffer, filled);
                        continue;
                    }

                    // Its last byte that is no line break stays, so that the empty line behind it is still recognised.
                    consumed = Math.Max(1, buffer.AsSpan(0, filled).LastIndexOfAnyExcept((byte)'\r', (byte)'\n'));
                    _ = oversized || inspector.Look(buffer.AsSpan(0, filled));
                    wrote = Write(target, buffer.AsSpan(0, consumed), rename);
                    scanned = 0;
                    oversized = true;
                }

                if (consumed > 0)
                {
                    buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
                    filled -= consumed;
                }

                // The last bytes go out together with the end of the answer: one system call less, and one packet.
                if (!wrote || source.AtEnd)
                {
                    continue;
                }

                // Not in a method of its own: each call that has to wait would allocate its state.
                var flushing = target.FlushAsync(watch.Token);
                if (!flushing.IsCompletedSuccessfully)
                {
                    watch.AwaitClient();
                }

                if ((await flushing).IsCompleted)
                {
                    return CopyEnd.TargetGone;
                }
            }

            if (inspector.Format == StreamFormat.Document)
            {
                inspector.LookTail(tail.AsSpan(0, tailLength));
            }

            // The end mark may come without the empty line that ought to follow it. Any other rest of a stream that was cut is dropped:
            // half an event would only hide the error event behind a client's parse error.
            if (filled > 0 && inspector.Look(buffer.AsSpan(0, filled)) && (inspector.EndSeen || !inspector.NeedsEnd))
            {
                Write(target, buffer.AsSpan(0, filled), rename);
            }
            else
            {
                CloseUnit(target, inspector, oversized);
            }

            if (inspector.EndSeen || !inspector.NeedsEnd)
            {
                return CopyEnd.SourceEnded;
            }

            // Cut: what came is the client's before anything is said about it.
            watch.AwaitClient();
            return (await target.FlushAsync(watch.Token)).IsCompleted ? CopyEnd.TargetGone : CopyEnd.SourceEnded;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (tail.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(tail);
            }
        }
    }

    /// <summary>Writes all whole units but the hidden ones, neighbours in one piece.</summary>
    /// <returns>How many bytes are done with.</returns>
    private static int Pass(ReadOnlySpan<byte> bytes, ref int scanned, ref bool oversized, PipeWriter target, StreamInspector inspector, ModelRename? rename, out bool wrote)
    {
        wrote = false;
        if (rename is not null && inspector.Format == StreamFormat.Document)
        {
            var settled = rename.Settled(bytes);
            wrote = Write(target, bytes[..settled], rename);
            return settled;
        }

        var start = 0;
        var written = 0;
        while (start < bytes.Length && inspector.FindEnd(bytes[start..], ref scanned) is > 0 and var length)
        {
            // The end of a long event is passed on unseen: its beginning was looked at.
            var (at, hidden) = oversized ? (0, 0) : inspector.Look(bytes.Slice(start, length)) ? inspector.Hidden.GetOffsetAndLength(length) : (0, length);
            if (hidden > 0)
            {
                wrote |= Write(target, bytes[written..(start + at)], rename);
                written = start + at + hidden;
            }

            oversized = false;
            start += length;
            scanned = 0;
        }

        wrote |= Write(target, bytes[written..start], rename);
        return start;
    }

    private static bool Write(PipeWriter target, ReadOnlySpan<byte> bytes, ModelRename? rename)
    {
        if (bytes.IsEmpty)
        {
            return false;
        }

        if (rename is null)
        {
            target.Write(bytes);
        }
        else
        {
            rename.Write(target, bytes);
        }

        return true;
    }

    /// <summary>Ends a long event of which a part was already passed on, so that what follows is an event of its own.</summary>
    private static void CloseUnit(PipeWriter target, StreamInspector inspector, bool oversized)
    {
        if (oversized)
        {
            target.Write(inspector.Format is StreamFormat.Lines or StreamFormat.OllamaLines ? "\n"u8 : "\n\n"u8);
        }
    }

    private static int Keep(Span<byte> tail, int length, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= tail.Length)
        {
            bytes[^tail.Length..].CopyTo(tail);
            return tail.Length;
        }

        var kept = Math.Min(length, tail.Length - bytes.Length);
        tail[(length - kept)..length].CopyTo(tail);
        bytes.CopyTo(tail[kept..]);
        return kept + bytes.Length;
    }

    private static byte[] Grow(byte[] buffer, int filled)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
