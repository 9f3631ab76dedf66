using System.Text;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Where a window of a text file may begin and end so that no character is cut, and whether it is text at all. Pure.</summary>
internal static class TextWindow
{
    private const int LongestCharacter = 4;

    /// <summary>The first place at or after <paramref name="start"/> where a character begins.</summary>
    public static int BeginOf(ReadOnlySpan<byte> bytes, int start)
    {
        var begin = start;
        while (begin < bytes.Length && begin - start < LongestCharacter - 1 && (bytes[begin] & 0xc0) == 0x80)
        {
            begin++;
        }

        return begin < bytes.Length && (bytes[begin] & 0xc0) == 0x80 ? start : begin;
    }

    /// <summary>The first place after a line's end, at or after <paramref name="start"/>; <paramref name="start"/> where no line ends.</summary>
    public static int LineAfter(ReadOnlySpan<byte> bytes, int start) =>
        bytes[start..].IndexOf((byte)'\n') is >= 0 and var line && start + line + 1 < bytes.Length ? start + line + 1 : start;

    /// <summary>Where a window that may not reach further than <paramref name="limit"/> ends.</summary>
    /// <param name="bytes">What was read.</param>
    /// <param name="begin">Where the window begins.</param>
    /// <param name="limit">The most that fits.</param>
    /// <param name="isEndOfFile">Whether nothing follows the limit; then a last line without an end is told too.</param>
    public static int EndOf(ReadOnlySpan<byte> bytes, int begin, int limit, bool isEndOfFile)
    {
        if (!isEndOfFile && bytes[begin..limit].LastIndexOf((byte)'\n') is >= 0 and var line)
        {
            return begin + line + 1;
        }

        // A character whose first bytes are the last is left for the next window: it is being written, or goes on there.
        for (var back = 1; back < LongestCharacter && limit - back >= begin; back++)
        {
            var first = bytes[limit - back];
            if ((first & 0xc0) != 0x80)
            {
                var length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
                return length > back && limit - back > begin ? limit - back : limit;
            }
        }

        return limit;
    }

    /// <summary>Whether bytes are no text for people: a NUL, or much that is neither UTF-8 nor printable.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains((byte)0))
        {
            return true;
        }

        var odd = 0;
        foreach (var rune in Encoding.UTF8.GetString(bytes).EnumerateRunes())
        {
            odd += rune.Value is 0xfffd or (< 0x20 and not (0x09 or 0x0a or 0x0c or 0x0d or 0x08 or 0x1b)) ? 1 : 0;
        }

        return odd > bytes.Length / 20 + 3;
    }
}
