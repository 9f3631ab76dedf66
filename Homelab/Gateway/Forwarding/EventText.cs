namespace Homelab.Gateway.Forwarding;

/// <summary>The grammar of server-sent events, over raw bytes: line ends are LF, CR or CRLF, an empty line ends an event.</summary>
internal static class EventText
{
    /// <summary>Finds the end of the first event.</summary>
    /// <param name="bytes">From the start of an event on.</param>
    /// <param name="scanned">Where an earlier search stopped: the start of the last unfinished line. Updated.</param>
    /// <returns>Behind the empty line; -1 where it is not there yet.</returns>
    public static int FindEnd(ReadOnlySpan<byte> bytes, ref int scanned)
    {
        while (true)
        {
            var rest = bytes[scanned..];
            var length = rest.IndexOfAny((byte)'\n', (byte)'\r');
            if (length < 0)
            {
                return -1;
            }

            var next = length + BreakLength(rest[length..]);
            if (length == 0)
            {
                // A lone CR at the end of what is there may be half of a CRLF.
                return rest[0] == (byte)'\r' && rest.Length == 1 ? -1 : scanned + next;
            }

            if (rest[length] == (byte)'\r' && length + 1 == rest.Length)
            {
                return -1;
            }

            scanned += next;
        }
    }

    /// <summary>Takes the next line off an event.</summary>
    public static bool NextLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        var length = rest.IndexOfAny((byte)'\n', (byte)'\r');
        if (length < 0)
        {
            line = rest;
            rest = default;
            return true;
        }

        line = rest[..length];
        rest = rest[(length + BreakLength(rest[length..]))..];
        return true;
    }

    /// <summary>The value of a field, if the line is one of that name.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="field">With the colon: <c>data:</c>.</param>
    /// <param name="value">Without the blank behind the colon.</param>
    public static bool TryField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        var matches = line.StartsWith(field);
        value = matches ? line[field.Length..].Trim((byte)' ') : default;
        return matches;
    }

    private static int BreakLength(ReadOnlySpan<byte> atBreak) => atBreak is [(byte)'\r', (byte)'\n', ..] ? 2 : 1;
}
