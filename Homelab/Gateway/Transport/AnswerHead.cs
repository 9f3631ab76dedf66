using System.Buffers.Text;
using System.Text;

namespace Homelab.Gateway.Transport;

/// <summary>The head of an upstream's answer, read by RFC 9112: the status, the headers, and how the body ends. One instance a connection, used for one
/// answer after the other.</summary>
internal sealed class AnswerHead
{
    /// <summary>Longest head that is read, interim answers not counted.</summary>
    public const int LongestHead = 64 * 1024;

    private const int MostHeaders = 200;

    private readonly List<KeyValuePair<string, string>> _headers = new(16);

    /// <summary>200 to 599, or less for an interim answer.</summary>
    public int Status { get; private set; }

    /// <summary>In the order they came. Left out are those whose value no header of ours could carry, and what only frames the message.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    public BodyFraming Framing { get; private set; }

    /// <summary>Length of the body where it is known.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the connection may serve another request once the body is read.</summary>
    public bool KeepsAlive { get; private set; }

    public string? ContentType { get; private set; }

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">From the answer's first byte on.</param>
    /// <param name="searched">Where an earlier call stopped looking; 0 at first. Updated.</param>
    /// <returns>Its length with the empty line; 0 where its end is not there yet.</returns>
    /// <exception cref="UpstreamException">It is no HTTP/1 answer.</exception>
    public int Read(ReadOnlySpan<byte> bytes, ref int searched)
    {
        var prefix = "HTTP/1."u8;
        var seen = Math.Min(bytes.Length, prefix.Length);
        if (!bytes[..seen].SequenceEqual(prefix[..seen]))
        {
            throw Invalid("no HTTP answer");
        }

        var end = FindEnd(bytes, ref searched);
        if (end == 0)
        {
            return bytes.Length <= LongestHead ? 0 : throw Invalid("an endless head");
        }

        Parse(bytes[..end]);
        return end;
    }

    /// <summary>Behind the empty line; 0 where there is none yet.</summary>
    private static int FindEnd(ReadOnlySpan<byte> bytes, ref int searched)
    {
        while (bytes[searched..].IndexOf((byte)'\n') is >= 0 and var at)
        {
            var next = searched + at + 1;
            var rest = bytes[next..];
            if (rest.StartsWith("\n"u8))
            {
                return next + 1;
            }

            if (rest.StartsWith("\r\n"u8))
            {
                return next + 2;
            }

            if (rest.IsEmpty || (rest.Length == 1 && rest[0] == (byte)'\r'))
            {
                return 0;
            }

            searched = next;
        }

        return 0;
    }

    private void Parse(ReadOnlySpan<byte> head)
    {
        var http11 = ParseStatus(TakeLine(ref head));
        var framing = new Framer(Status);
        _headers.Clear();
        ContentType = null;
        while (TakeLine(ref head) is { IsEmpty: false } line)
        {
            // A folded line (obs-fold) belongs to the value before it; nothing that we pass on is ever so long, so that its first line is enough.
            if (line[0] is (byte)' ' or (byte)'\t')
            {
                continue;
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || !HeaderText.IsToken(line[..colon]))
            {
                throw Invalid("a malformed header");
            }

            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (!framing.Take(line[..colon], value) && HeaderText.IsPlain(value))
            {
                Add(HeaderText.Of(line[..colon]), HeaderText.Of(value));
            }
        }

        (Framing, Length) = framing.Decide();
        KeepsAlive = Framing != BodyFraming.UntilClose && framing.KeepsAlive(http11);
    }

    private void Add(string name, string value)
    {
        if (_headers.Count == MostHeaders)
        {
            throw Invalid("too many headers");
        }

        _headers.Add(new(name, value));
        if (ContentType is null && name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
        {
            ContentType = value;
        }
    }

    private bool ParseStatus(ReadOnlySpan<byte> line)
    {
        // HTTP/1.1 200 OK
        if (line.Length < 12 || line[8] != (byte)' ' || (line.Length > 12 && line[12] != (byte)' ') || line[7] is not ((byte)'0' or (byte)'1')
            || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var digits) || digits != 3 || status is < 100 or > 599)
        {
            throw Invalid("a malformed status line");
        }

        Status = status;
        return line[7] == (byte)'1';
    }

    /// <summary>The next line without its end; the empty one behind the last.</summary>
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var at = rest.IndexOf((byte)'\n');
        if (at < 0)
        {
            return default;
        }

        var line = rest[..at];
        rest = rest[(at + 1)..];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private static UpstreamException Invalid(string what) => new(UpstreamFault.Invalid, what);

    /// <summary>Gathers what says where the message ends.</summary>
    private struct Framer(int status)
    {
        private bool _chunked;
        private bool _coded;
        private bool _close;
        private bool _keepAlive;
        private long? _length;

        /// <returns>Whether nobody needs the header any more.</returns>
        public bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            switch (name.Length)
            {
                case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                    // Two lengths that differ, or a list of them, are how answers are smuggled.
                    if (!Utf8Parser.TryParse(value, out long length, out var digits) || digits != value.Length || length < 0 || (_length is { } other && other != length))
                    {
                        throw Invalid("a malformed Content-Length");
                    }

                    _length = length;
                    return true;
                case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                    _coded = true;
                    _chunked = !_chunked && Ascii.EqualsIgnoreCase(value, "chunked"u8) ? true : throw Invalid("a Transfer-Encoding other than chunked");
                    return true;
                case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                    _close |= HasWord(value, "close"u8);
                    _keepAlive |= HasWord(value, "keep-alive"u8);
                    return false;
                case 4 when Ascii.EqualsIgnoreCase(name, "date"u8):
                    // Kestrel writes its own; a string a second is a string too many.
                    return true;
                default:
                    return false;
            }
        }

        public readonly (BodyFraming Framing, long Length) Decide() =>
            status < 200 || status is 204 or 304 ? (BodyFraming.Length, 0)
            : _chunked ? (BodyFraming.Chunked, 0)
            : _length is { } length ? (BodyFraming.Length, length)
            : (BodyFraming.UntilClose, 0);

        /// <summary>A message with both framings is read as chunked, but nothing behind it is trusted (RFC 9112, section 6.3, point 3).</summary>
        public readonly bool KeepsAlive(bool http11) => !_close && (http11 || _keepAlive) && !(_coded && _length is not null);

        private static bool HasWord(ReadOnlySpan<byte> list, ReadOnlySpan<byte> word)
        {
            foreach (var range in list.Split((byte)','))
            {
                if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), word))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
