namespace Homelab.Roles.Mcp;

/// <summary>A process's input whose end is told a little late: the SDK sends nothing more once the input has ended, and a client that only pipes its
/// questions in wants the answers. One that went away wants nothing to go on, so it is told after a second whatever runs. Reading can be cancelled, which
/// a console's own stream cannot.</summary>
/// <param name="input">The process's own.</param>
/// <param name="running">How many calls run.</param>
/// <param name="time">For the pauses.</param>
internal sealed class LingeringInput(Stream input, Func<int> running, TimeProvider time) : Stream
{
    private const int MostPauses = 10;
    private const int FewestPauses = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        for (var pause = 0; count == 0 && pause < MostPauses && (pause < FewestPauses || running() > 0); pause++)
        {
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
