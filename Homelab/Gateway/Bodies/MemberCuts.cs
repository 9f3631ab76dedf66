namespace Homelab.Gateway.Bodies;

/// <summary>Works out which bytes to cut so that some members leave a JSON object and it stays well formed: a member that follows a kept one
/// takes the comma before it, a leading one the comma behind it.</summary>
internal struct MemberCuts
{
    private bool _kept;
    private long _leading;
    private long _previousEnd;
    private bool _hasLeading;

    /// <summary>The next member of the object, in order.</summary>
    /// <param name="keyStart">Its first byte.</param>
    /// <param name="valueEnd">Behind its last byte.</param>
    /// <param name="cut">Whether it goes.</param>
    /// <param name="cuts">Receives the ranges.</param>
    public void Add(long keyStart, long valueEnd, bool cut, ref List<ByteRange>? cuts)
    {
        if (!cut)
        {
            if (_hasLeading)
            {
                (cuts ??= []).Add(new ByteRange(_leading, keyStart));
                _hasLeading = false;
            }

            _kept = true;
        }
        else if (_kept)
        {
            (cuts ??= []).Add(new ByteRange(_previousEnd, valueEnd));
        }
        else if (!_hasLeading)
        {
            _leading = keyStart;
            _hasLeading = true;
        }

        _previousEnd = valueEnd;
    }

    /// <summary>The object's end.</summary>
    public readonly void End(ref List<ByteRange>? cuts)
    {
        if (_hasLeading)
        {
            (cuts ??= []).Add(new ByteRange(_leading, _previousEnd));
        }
    }
}
