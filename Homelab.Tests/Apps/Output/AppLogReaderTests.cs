using System.Collections.Concurrent;
using Homelab.Apps.Output;
using Homelab.Processes;
using Homelab.Tests.Processes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Apps.Output;

public sealed class AppLogReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _told = new();
    private readonly CancellationTokenSource _end = new();

    public void Dispose()
    {
        _end.Dispose();
        _folder.Dispose();
    }

    private string Log => _folder.At("x.log");

    private AppLogReader Reader => new(Log, _time);

    [Fact]
    public void App_that_printed_nothing_has_no_lines() => Assert.Empty(Reader.Last(10));

    [Fact]
    public void Last_lines_are_told_over_a_rotation_too_and_made_printable()
    {
        File.WriteAllText(Log + ".1", "a\nb\n");
        File.WriteAllText(Log, "c\u001b[31m\r\n\td\nunended");

        Assert.Equal(["unended"], Reader.Last(1));
        Assert.Equal(["b", "c?[31m", " d", "unended"], Reader.Last(4));
        Assert.Equal(["a", "b"], Reader.Last(100).Take(2));
        Assert.Empty(Reader.Last(0));
    }

    [Fact]
    public void Long_line_is_cut_and_a_large_log_is_read_from_near_its_end()
    {
        using (var log = new StreamWriter(Log))
        {
            for (var i = 0; i < 200_000; i++)
            {
                log.Write($"{i} {new string('x', 90)}\n");
            }

            log.Write(new string('y', 100_000) + "\nlast\n");
        }

        var lines = Reader.Last(AppLogReader.MostLines);
        Assert.Equal((AppLogReader.MostLines, "last"), (lines.Count, lines[^1]));
        Assert.InRange(lines[^2].Length, 1, AppLogReader.LongestLine + 1);
        Assert.StartsWith("199999 ", lines[^3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_further_line_is_told_once_across_rotations_and_a_log_that_comes_later()
    {
        var following = Reader.FollowAsync(5, Tell, _end.Token);
        await ToldAsync(0);
        using (var log = new BoundedLog(Log, limit: 40))
        {
            for (var i = 0; i < 50; i++)
            {
                log.Write(System.Text.Encoding.ASCII.GetBytes($"line {i}\n"));
                if (i % 3 == 0)
                {
                    await ToldAsync(i + 1);
                }
            }
        }

        await ToldAsync(50);
        await _end.CancelAsync();
        await following;
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"line {i}"), _told);
    }

    [Fact]
    public async Task Following_begins_with_the_last_lines_and_ends_without_an_exception()
    {
        File.WriteAllText(Log, "a\nb\nc\n");
        var following = Reader.FollowAsync(2, Tell, _end.Token);
        await ToldAsync(2);
        await File.AppendAllTextAsync(Log, "d\n");
        await ToldAsync(3);
        await _end.CancelAsync();
        await following;

        Assert.Equal(["b", "c", "d"], _told);
    }

    private Task Tell(string line)
    {
        _told.Enqueue(line);
        return Task.CompletedTask;
    }

    /// <summary>Lets the reader look again until it has told so many lines.</summary>
    private Task ToldAsync(int lines) => RealProcess.Until(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return _told.Count >= lines;
        },
        $"{lines} lines");
}
