using System.Text;
using Homelab.Processes;

namespace Homelab.Tests.Processes;

public sealed class OutputTailTests
{
    private readonly OutputTail _tail = new();

    [Fact]
    public void Lines_come_out_whole_however_they_came_in()
    {
        Add("on");
        Add("e\ntw");
        Add("o\n\n");
        Add("three");

        Assert.Equal(["one", "two", "three"], _tail.Lines());
    }

    [Fact]
    public void Only_the_last_twenty_lines_are_kept()
    {
        for (var i = 0; i < 1000; i++)
        {
            Add($"line {i}\n");
        }

        Assert.Equal(Enumerable.Range(980, 20).Select(i => $"line {i}"), _tail.Lines());
        Add("unended");
        Assert.Equal(Enumerable.Range(981, 19).Select(i => $"line {i}").Append("unended"), _tail.Lines());
    }

    [Fact]
    public void Line_without_an_end_takes_no_more_memory_than_a_long_one()
    {
        for (var i = 0; i < 100; i++)
        {
            Add(new string('x', 100_000));
        }

        Assert.InRange(Assert.Single(_tail.Lines()).Length, 1, 401);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_control_characters_cannot_get_out()
    {
        _tail.Append([0x1b, (byte)'[', (byte)'3', (byte)'1', (byte)'m', 0xff, (byte)'r', 0x07, (byte)'\r', (byte)'\n']);

        Assert.DoesNotContain(Assert.Single(_tail.Lines()), char.IsControl);
    }

    private void Add(string text) => _tail.Append(Encoding.UTF8.GetBytes(text));
}
