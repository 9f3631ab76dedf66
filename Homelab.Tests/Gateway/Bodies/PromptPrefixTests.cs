using System.Buffers;
using System.Text;
using System.Text.Json;
using Homelab.Gateway.Bodies;

namespace Homelab.Tests.Gateway.Bodies;

/// <summary>The chain of hashes by which a conversation is known again, whatever stands around it in the body.</summary>
public sealed class PromptPrefixTests
{
    private static string Turn(int number) => $"{{\"role\":\"{(number % 2 == 0 ? "user" : "assistant")}\",\"content\":\"{number} {new string((char)('a' + (number % 26)), 300)}\"}}";

    private static string Chat(int turns, string before = "\"model\":\"tiny\",", string after = "") =>
        $"{{{before}\"messages\":[{string.Join(',', Enumerable.Range(0, turns).Select(Turn))}]{after}}}";

    [Fact]
    public void Next_turn_of_a_conversation_begins_with_the_hashes_of_the_last()
    {
        for (var turns = 1; turns < 12; turns++)
        {
            var (before, after) = (Prefix(Chat(turns)), Prefix(Chat(turns + 1)));

            // The window in which the list closed is another one now; every earlier one is the same.
            Assert.Equal(before[..^1], after[..(before.Length - 1)]);
            Assert.True(after.Length > before.Length);
        }
    }

    [Fact]
    public void What_stands_around_the_messages_changes_nothing() =>
        Assert.Equal(Prefix(Chat(5)), Prefix(Chat(5, "\"stream\":true,\"model\":\"other\",\"temperature\":0.1,", ",\"seed\":7")));

    [Fact]
    public void Another_first_word_is_another_chain_from_its_first_window_to_its_last()
    {
        var other = Prefix(Chat(5).Replace("0 aaa", "0 bbb", StringComparison.Ordinal));
        Assert.Empty(Prefix(Chat(5)).Intersect(other));
    }

    [Theory]
    [InlineData("{\"model\":\"tiny\",\"prompt\":\"PAD\"}")]
    [InlineData("{\"model\":\"tiny\",\"input\":[\"PAD\"]}")]
    [InlineData("{\"model\":\"tiny\",\"input\":\"PAD\",\"instructions\":\"be brief\"}")]
    [InlineData("{\"model\":\"tiny\",\"system\":\"PAD\",\"messages\":[]}")]
    public void Every_kind_of_prompt_has_a_prefix(string body) =>
        Assert.Equal(4, Prefix(body.Replace("PAD", new string('x', 1100), StringComparison.Ordinal)).Length);

    [Fact]
    public void System_counts_before_the_messages_wherever_it_stands()
    {
        var system = "\"system\":\"" + new string('s', 400) + "\"";
        Assert.Equal(Prefix(Chat(3, "\"model\":\"tiny\"," + system + ",")), Prefix(Chat(3, "\"model\":\"tiny\",", "," + system)));
    }

    [Theory]
    [InlineData("{\"model\":\"tiny\"}", 0)]
    [InlineData("{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 0)]
    public void Short_prompt_has_none(string body, int length) => Assert.Equal(length, Prefix(body).Length);

    [Fact]
    public void Chain_is_the_same_however_the_body_lies_in_memory()
    {
        var body = Encoding.UTF8.GetBytes(Chat(20));
        var whole = Prefix(new ReadOnlySequence<byte>(body));
        foreach (var size in new[] { 1, 7, 255, 256, 257, 1000 })
        {
            Assert.Equal(whole, Prefix(Pieces.Of(body, size)));
        }
    }

    [Fact]
    public void Megabytes_cost_one_array_of_64_hashes()
    {
        var body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(Chat(20_000)));
        Assert.Null(BodyScanner.Scan(body, true, out var facts));
        PromptPrefix.Of(body, facts);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var prefix = PromptPrefix.Of(body, facts);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(PromptPrefix.MaximumWindows, prefix.Length);
        Assert.InRange(allocated, 0, 600);
        Assert.Equal(body.Length - "{\"model\":\"tiny\",\"messages\":}".Length, facts.PromptBytes);
    }

    [Fact]
    public void Key_in_another_case_is_no_system_prompt_and_no_fault()
    {
        Assert.Null(BodyScanner.Scan(new ReadOnlySequence<byte>("{\"model\":\"tiny\",\"System\":\"x\"}"u8.ToArray()), true, out var facts));
        Assert.True(facts.System.IsEmpty);
    }

    private static ulong[] Prefix(string body)
    {
        using var valid = JsonDocument.Parse(body);
        return Prefix(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));
    }

    private static ulong[] Prefix(ReadOnlySequence<byte> body)
    {
        Assert.Null(BodyScanner.Scan(body, true, out var facts));
        return [.. PromptPrefix.Of(body, facts)];
    }

    /// <summary>A body in many segments.</summary>
    private sealed class Pieces : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Of(byte[] bytes, int size)
        {
            var first = new Pieces { Memory = bytes.AsMemory(0, Math.Min(size, bytes.Length)) };
            var last = first;
            for (var at = size; at < bytes.Length; at += size)
            {
                var next = new Pieces { Memory = bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), RunningIndex = at };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
