namespace Homelab.Gateway.Bodies;

/// <summary>A part of a body: offsets in bytes from its start, the end not included. The default value is nothing.</summary>
internal readonly record struct ByteRange(long Start, long End)
{
    public long Length => End - Start;

    public bool IsEmpty => End == Start;
}
