using System.Buffers.Text;

namespace Homelab.Bench;

/// <summary>Takes the framing off a chunked answer, for checks: a chunk may end anywhere, in the middle of a word too.</summary>
internal static class ChunkedBody
{
    /// <returns>The body; what is left of it where the framing is broken.</returns>
    public static byte[] Decode(ReadOnlySpan<byte> answer)
    {
        var body = new List<byte>(answer.Length);
        var rest = answer[(answer.IndexOf("\r\n\r\n"u8) + 4)..];
        while (Utf8Parser.TryParse(rest, out int length, out var digits, 'x') && length > 0 && rest.Length >= digits + 2 + length + 2)
        {
            body.AddRange(rest.Slice(digits + 2, length));
            rest = rest[(digits + 2 + length + 2)..];
        }

        return [.. body];
    }
}
