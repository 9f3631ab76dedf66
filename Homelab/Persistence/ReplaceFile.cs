namespace Homelab.Persistence;

/// <summary>Replaces a file so that a crash leaves the old content or the new; throws what the disk throws, and then the old content stands.</summary>
internal delegate void ReplaceFile(string path, ReadOnlySpan<byte> content);
