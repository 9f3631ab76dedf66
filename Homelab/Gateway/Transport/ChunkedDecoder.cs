namespace Homelab.Gateway.Transport;

/// <summary>Takes the framing off a chunked body (RFC 9112, section 7.1), piece by piece as its bytes come in. Extensions and trailers are read over.
/// A pure state machine: no I/O, nothing allocated.</summary>
internal struct ChunkedDecoder
{
    /// <summary>Longest line of framing: a chunk's size with its extensions, or a trailer.</summary>
    public const int LongestLine = 4096;

    private Step _step;
    private long _left;
    private int _line;
    private bool _digits;
    private bool _trailerIsEmpty;

    /// <summary>What the next byte is part of.</summary>
    private enum Step
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataEnd,
        DataLineEnd,
        Trailer,
        Ended,
    }

    /// <summary>Whether the last chunk and its trailers were read.</summary>
    public readonly bool Ended => _step == Step.Ended;

    /// <summary>Decodes as much as fits.</summary>
    /// <param name="source">Raw bytes.</param>
    /// <param name="target">Receives the body's bytes.</param>
    /// <param name="consumed">How many raw bytes were used; framing behind the last byte written is used too, as far as it is there.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="InvalidDataException">The framing is broken.</exception>
    public int Decode(ReadOnlySpan<byte> source, Span<byte> target, out int consumed)
    {
        var at = 0;
        var written = 0;
        while (at < source.Length && _step != Step.Ended)
        {
            if (_step == Step.Data)
            {
                var length = (int)Math.Min(Math.Min(_left, source.Length - at), target.Length - written);
                if (length == 0)
                {
                    break;
                }

                source.Slice(at, length).CopyTo(target[written..]);
                at += length;
                written += length;
                _left -= length;
                if (_left == 0)
                {
                    _step = Step.DataEnd;
                }

                continue;
            }

            TakeFraming(source[at++]);
        }

        consumed = at;
        return written;
    }

    private void TakeFraming(byte letter)
    {
        switch (_step)
        {
            case Step.Size:
                TakeSize(letter);
                break;
            case Step.Extension:
                Count();
                _step = letter == (byte)'\n' ? EndSize() : Step.Extension;
                break;
            case Step.SizeEnd:
                _step = letter == (byte)'\n' ? EndSize() : throw Broken();
                break;
            case Step.DataEnd:
                _step = letter switch { (byte)'\r' => Step.DataLineEnd, (byte)'\n' => Step.Size, _ => throw Broken() };
                break;
            case Step.DataLineEnd:
                _step = letter == (byte)'\n' ? Step.Size : throw Broken();
                break;
            default:
                TakeTrailer(letter);
                break;
        }
    }

    private void TakeSize(byte letter)
    {
        var digit = HexValue(letter);
        if (digit >= 0)
        {
            // 15 digits are an exabyte: more can only be an overflow.
            _left = _left <= long.MaxValue >> 8 ? (_left << 4) | (uint)digit : throw Broken();
            _digits = true;
            Count();
            return;
        }

        if (!_digits)
        {
            throw Broken();
        }

        _step = letter switch
        {
            (byte)'\r' => Step.SizeEnd,
            (byte)'\n' => EndSize(),
            (byte)';' or (byte)' ' or (byte)'\t' => Step.Extension,
            _ => throw Broken(),
        };
    }

    private Step EndSize()
    {
        _line = 0;
        _digits = false;
        _trailerIsEmpty = true;
        return _left > 0 ? Step.Data : Step.Trailer;
    }

    private void TakeTrailer(byte letter)
    {
        if (letter == (byte)'\n')
        {
            _step = _trailerIsEmpty ? Step.Ended : Step.Trailer;
            _trailerIsEmpty = true;
            return;
        }

        // All trailers together are bounded, not each: an endless body of them would never be noticed.
        Count();
        _trailerIsEmpty &= letter == (byte)'\r';
    }

    private void Count()
    {
        if (++_line > LongestLine)
        {
            throw Broken();
        }
    }

    private static int HexValue(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        _ => -1,
    };

    private static InvalidDataException Broken() => new("the chunked framing is broken");
}
