using Homelab.Domain.Models;
using Homelab.Domain.Placement;
using Homelab.Roles.Hub;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Conversations go back to where they were, as long as that is worth something.</summary>
public sealed class PrefixMemoryTests
{
    private static readonly ModelName Model = ModelName.Parse("qwen3:8b");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_longest_beginning_is_found_with_its_share_of_the_prompt()
    {
        var memory = new PrefixMemory(_time);
        memory.Note(Model, [1, 2], "a");
        memory.Note(Model, [1, 2, 3], "b");

        var match = memory.Find(Model, [1, 2, 3, 4], 4 * PrefixChain.WindowBytes);

        Assert.Equal(("b", 0.75), (match.Node, match.Fraction));
        Assert.Null(memory.Find(ModelName.Parse("gemma3:4b"), [1, 2, 3], 1000).Node);
        Assert.Null(memory.Find(Model, [9], 256).Node);
        Assert.Null(memory.Find(Model, [], 100).Node);
    }

    [Fact]
    public void What_was_not_used_for_ten_minutes_is_forgotten_and_what_was_used_is_not()
    {
        var memory = new PrefixMemory(_time);
        memory.Note(Model, [1], "a");
        memory.Note(Model, [2], "b");
        for (var i = 0; i < 12; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            memory.Note(Model, [2], "b");
        }

        Assert.Null(memory.Find(Model, [1], 256).Node);
        Assert.Equal("b", memory.Find(Model, [2], 256).Node);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(memory.Find(Model, [2], 256).Node);
    }

    [Fact]
    public void Memory_is_bounded_and_the_newest_stay()
    {
        var memory = new PrefixMemory(_time);
        for (ulong i = 0; i < 200_000; i++)
        {
            memory.Note(Model, [i], "a");
        }

        var kept = Enumerable.Range(0, 200_000).Count(i => memory.Find(Model, [(ulong)i], 256).Node is not null);
        Assert.InRange(kept, 16_384, 65_536 + PrefixChain.MaximumWindows);
        Assert.Equal("a", memory.Find(Model, [199_999], 256).Node);
    }

    [Fact]
    public async Task A_conversation_returns_to_the_node_that_has_read_it()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));
        await hub.NodeAsync("c", n => n.Holds("qwen3:8b"));
        var prompt = string.Concat(Enumerable.Repeat("a long story that goes on and on. ", 100));
        var nodes = new List<string>();
        for (var turn = 0; turn < 8; turn++)
        {
            using var answer = await hub.ChatAsync("qwen3:8b", prompt: prompt);
            nodes.Add(answer.Headers.GetValues("x-homelab-route").Single().Split(';')[0]);
            prompt += $" turn {turn}";
        }

        Assert.Single(nodes.Distinct());
    }
}
