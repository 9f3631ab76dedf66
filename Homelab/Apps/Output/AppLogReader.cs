using System.Text;
using Homelab.Telemetry;

namespace Homelab.Apps.Output;

/// <summary>Reads what an app has printed: the last lines, over a rotation too, and what comes from then on. Lines are made printable and bounded; however large a log or a line
/// is, little of it is in memory.</summary>
/// <param name="path">The log; <c>PATH.1</c> is the former one.</param>
/// <param name="time">Drives the looks.</param>
internal sealed class AppLogReader(string path, TimeProvider time)
{
    /// <summary>Characters of a line that are told.</summary>
    public const int LongestLine = 4096;

    /// <summary>Lines that can be asked for.</summary>
    public const int MostLines = 10_000;

    private const int MostBytes = 8 << 20;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>The last lines, oldest first; none where nothing was printed yet.</summary>
    public IReadOnlyList<string> Last(int lines)
    {
        using var log = Open(path);
        return Last(lines, log);
    }

    /// <summary>The last lines, then each further one as it is printed, until asked to end. Of an app that fills whole logs between two looks, some lines are left out.</summary>
    /// <param name="lines">How many of the last.</param>
    /// <param name="line">Told of each.</param>
    /// <param name="cancellation">Ends it, without an exception.</param>
    public async Task FollowAsync(int lines, Func<string, Task> line, CancellationToken cancellation)
    {
        var log = Open(path);
        try
        {
            foreach (var text in Last(lines, log))
            {
                await line(text).ConfigureAwait(false);
            }

            var splitter = new LineSplitter();
            var buffer = new byte[64 << 10];
            while (!cancellation.IsCancellationRequested)
            {
                log ??= Open(path);
                await DrainAsync(log, buffer, splitter, line, cancellation).ConfigureAwait(false);
                if (log is not null && new FileInfo(path) is var now && (!now.Exists || now.Length < log.Position))
                {
                    // Rotated. What we hold is the former log, to which something may have been added before that.
                    await DrainAsync(log, buffer, splitter, line, cancellation).ConfigureAwait(false);
                    await log.DisposeAsync().ConfigureAwait(false);
                    log = Open(path);
                    await DrainAsync(log, buffer, splitter, line, cancellation).ConfigureAwait(false);
                }

                await Task.Delay(LookEvery, time, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            log?.Dispose();
        }
    }

    private static async Task DrainAsync(FileStream? log, byte[] buffer, LineSplitter splitter, Func<string, Task> line, CancellationToken cancellation)
    {
        while (log is not null && await log.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            foreach (var text in splitter.Split(buffer.AsMemory(0, read)))
            {
                await line(text).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Leaves the log at the end of what was told.</summary>
    private IReadOnlyList<string> Last(int lines, FileStream? log)
    {
        var wanted = Math.Clamp(lines, 0, MostLines);
        var now = Tail(log, wanted);
        if (now.Count >= wanted)
        {
            return now;
        }

        using var former = Open(path + ".1");
        return [.. Tail(former, wanted - now.Count), .. now];
    }

    private static IReadOnlyList<string> Tail(FileStream? log, int lines)
    {
        if (log is null)
        {
            return [];
        }

        var length = log.Length;
        var start = Math.Max(0, length - MostBytes);
        log.Position = start;
        var splitter = new LineSplitter();
        var kept = new Queue<string>();
        var buffer = new byte[64 << 10];
        var skipsFirst = start > 0;
        var left = length - start;
        while (left > 0 && log.Read(buffer, 0, (int)Math.Min(buffer.Length, left)) is > 0 and var read)
        {
            left -= read;
            foreach (var text in splitter.Split(buffer.AsMemory(0, read)))
            {
                if (skipsFirst)
                {
                    // It began before what was read.
                    skipsFirst = false;
                    continue;
                }

                Keep(kept, text, lines);
            }
        }

        if (splitter.HasPending)
        {
            Keep(kept, splitter.End(), lines);
        }

        return [.. kept];
    }

    private static void Keep(Queue<string> kept, string text, int lines)
    {
        if (lines == 0)
        {
            return;
        }

        if (kept.Count == lines)
        {
            kept.Dequeue();
        }

        kept.Enqueue(text);
    }

    private static FileStream? Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Cuts bytes into lines, of which no more than what is told is kept.</summary>
    private sealed class LineSplitter
    {
        private readonly byte[] _line = new byte[LongestLine];
        private int _length;

        public bool HasPending => _length > 0;

        public IEnumerable<string> Split(ReadOnlyMemory<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var end = bytes.Span.IndexOf((byte)'\n');
                var piece = end < 0 ? bytes : bytes[..end];
                var room = Math.Min(piece.Length, LongestLine - _length);
                piece[..room].Span.CopyTo(_line.AsSpan(_length));
                _length += room;
                if (end < 0)
                {
                    yield break;
                }

                yield return End();
                bytes = bytes[(end + 1)..];
            }
        }

        public string End()
        {
            var text = Encoding.UTF8.GetString(_line, 0, _length).TrimEnd('\r');
            _length = 0;
            return Printable.OneLine(text.Replace('\t', ' '), LongestLine);
        }
    }
}
