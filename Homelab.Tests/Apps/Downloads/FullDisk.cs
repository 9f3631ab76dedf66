namespace Homelab.Tests.Apps.Downloads;

/// <summary>A file on a disk that takes no more.</summary>
internal sealed class FullDisk(Stream inner) : Stream
{
    private const int NoSpace = 28;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device", NoSpace);

    public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device", NoSpace);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
