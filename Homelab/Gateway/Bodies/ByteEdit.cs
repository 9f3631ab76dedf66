namespace Homelab.Gateway.Bodies;

/// <summary>One change to a body: the range goes, the replacement comes in its place. An empty range inserts.</summary>
internal readonly record struct ByteEdit(ByteRange Range, ReadOnlyMemory<byte> Replacement);
