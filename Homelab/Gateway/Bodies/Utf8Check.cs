using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Homelab.Gateway.Bodies;

/// <summary>Whether a body is UTF-8 throughout; a JSON reader that skips strings does not look inside them.</summary>
internal static class Utf8Check
{
    public static bool IsValid(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Utf8.IsValid(bytes.FirstSpan);
        }

        // A character may lie across segments: what is left of it is carried over.
        Span<byte> carried = stackalloc byte[8];
        var carry = 0;
        foreach (var segment in bytes)
        {
            var span = segment.Span;
            if (carry > 0)
            {
                var taken = Math.Min(span.Length, 4);
                span[..taken].CopyTo(carried[carry..]);
                var status = Rune.DecodeFromUtf8(carried[..(carry + taken)], out _, out var used);
                if (status == OperationStatus.NeedMoreData)
                {
                    carry += taken;
                    continue;
                }

                if (status != OperationStatus.Done)
                {
                    return false;
                }

                span = span[(used - carry)..];
            }

            carry = UnfinishedTail(span);
            if (!Utf8.IsValid(span[..^carry]))
            {
                return false;
            }

            span[^carry..].CopyTo(carried);
        }

        return carry == 0;
    }

    /// <summary>How many bytes at the end begin a character that ends later: 0 to 3.</summary>
    private static int UnfinishedTail(ReadOnlySpan<byte> span)
    {
        for (var back = 1; back <= Math.Min(3, span.Length); back++)
        {
            var lead = span[^back];
            if (lead < 0x80)
            {
                return 0;
            }

            if (lead >= 0xC0)
            {
                var length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
                return length > back ? back : 0;
            }
        }

        return 0;
    }
}
