using System.Text;
using Homelab.Clients;

namespace Homelab.Tests.Clients;

/// <summary>Lines and server-sent events, read from bytes.</summary>
public sealed class StreamReaderTests
{
    [Fact]
    public async Task Lines_end_with_either_line_end_and_the_last_needs_none()
    {
        await using var reader = Lines("a\r\nb\n\nc");

        Assert.Equal("a", await reader.ReadAsync(default));
        Assert.Equal("b", await reader.ReadAsync(default));
        Assert.Equal("", await reader.ReadAsync(default));
        Assert.Equal("c", await reader.ReadAsync(default));
        Assert.Null(await reader.ReadAsync(default));
    }

    [Theory]
    [InlineData("0123456789x\n")]
    [InlineData("0123456789x")]
    public async Task Line_beyond_the_bound_is_refused(string text)
    {
        await using var reader = Lines(text);

        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(default));
    }

    [Fact]
    public async Task Events_are_read_as_the_standard_says()
    {
        await using var reader = new ServerSentEventReader(Lines("retry: 3000\n\n: note\nid:7\nevent: x\ndata: a\ndata:b\nnonsense\n\ndata: c\n\ndata: lost", 100), 100);

        Assert.Equal(new ServerSentEvent(null, "", TimeSpan.FromSeconds(3)), await reader.ReadAsync(default));
        Assert.Equal(new ServerSentEvent("7", "a\nb", null), await reader.ReadAsync(default));
        Assert.Equal(new ServerSentEvent(null, "c", null), await reader.ReadAsync(default));
        Assert.Null(await reader.ReadAsync(default));
    }

    [Fact]
    public async Task Event_beyond_the_bound_is_refused()
    {
        await using var reader = new ServerSentEventReader(Lines("data: 12345\ndata: 67890\n\n", 100), 8);

        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(default));
    }

    private static BoundedLineReader Lines(string text, int longest = 10) =>
        new(new MemoryStream(Encoding.UTF8.GetBytes(text)), longest, Timeout.InfiniteTimeSpan, TimeProvider.System);
}
