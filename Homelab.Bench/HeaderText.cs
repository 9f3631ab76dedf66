using System.Text;

namespace Homelab.Bench;

/// <summary>Finds things in the raw head of a message.</summary>
internal static class HeaderText
{
    /// <summary>The value of the header that starts with <paramref name="name"/> (lower case, colon included); empty where there is none.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.IndexOf("\r\n"u8) is var end && end >= 0)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[name.Length..].Trim((byte)' ');
            }
        }

        return default;
    }

    /// <summary>Whether the body comes in chunks.</summary>
    public static bool IsChunked(ReadOnlySpan<byte> head)
    {
        var value = Value(head, "transfer-encoding:"u8);
        return value.Length >= 7 && Ascii.EqualsIgnoreCase(value[^7..], "chunked"u8);
    }
}
