using Homelab.Apps.Downloads;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Apps.Downloads;

public sealed class ProgressBoardTests
{
    private static readonly FileDemand File = new(new Uri("https://example.org/x"), "x", null, null, null, Insecure: true);

    private readonly FakeTimeProvider _time = new();
    private readonly List<FileProgress> _told = [];

    [Fact]
    public void What_is_not_told_for_being_too_soon_is_seen_by_whoever_looks()
    {
        var board = new ProgressBoard(_time, _told.Add);
        board.Report("a", File, FileStates.Downloading, 0, null, null);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        board.Report("a", File, FileStates.Downloading, 5_000, 8_000, null);

        Assert.Single(_told);
        Assert.Equal((5_000, 8_000), (Assert.Single(board.Running).Bytes, board.Running[0].Total));
    }

    [Fact]
    public void Speed_is_reckoned_from_all_bytes_since_it_was_last_told()
    {
        var board = new ProgressBoard(_time, _told.Add);
        board.Report("a", File, FileStates.Downloading, 0, 8_000, null);
        for (var i = 1; i <= 10; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            board.Report("a", File, FileStates.Downloading, i * 100, 8_000, null);
        }

        Assert.Equal([0, 300, 600, 900], _told.Select(t => t.Bytes));
        Assert.Equal(1000, _told[^1].BytesPerSecond, 0.001);
        board.Report("a", File, FileStates.Done, 8_000, 8_000, null);
        Assert.Empty(board.Running);
    }
}
