using Homelab.Processes;

namespace Homelab.Tests.Processes;

/// <summary>The log of a child never grows beyond its bound.</summary>
public sealed class BoundedLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Log_that_is_full_is_rotated_once_and_starts_anew()
    {
        using (var log = new BoundedLog(_folder.At("logs", "a.log"), 10))
        {
            log.Write("first...."u8);
            log.Write("second..."u8);
            log.Write("third...."u8);
        }

        Assert.Equal("third....", File.ReadAllText(_folder.At("logs", "a.log")));
        Assert.Equal("second...", File.ReadAllText(_folder.At("logs", "a.log.1")));
        Assert.Equal(2, Directory.GetFiles(_folder.At("logs")).Length);
    }

    [Fact]
    public void Log_goes_on_where_an_earlier_daemon_left_it()
    {
        File.WriteAllText(_folder.At("a.log"), "old ");
        using (var log = new BoundedLog(_folder.At("a.log"), 100))
        {
            log.Write("new"u8);
        }

        Assert.Equal("old new", File.ReadAllText(_folder.At("a.log")));
    }

    [Fact]
    public void Log_that_cannot_be_written_loses_output_and_nothing_else()
    {
        Directory.CreateDirectory(_folder.At("a.log"));
        using var log = new BoundedLog(_folder.At("a.log"), 100);
        log.Write("lost"u8);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
