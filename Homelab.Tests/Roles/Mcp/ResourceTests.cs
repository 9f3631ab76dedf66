using System.Text.Json;
using Homelab.Contracts;
using Homelab.Tests.Cli;
using Homelab.Tests.Snapshots;
using ModelContextProtocol.Protocol;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>What can be read without a tool, and what the prompt collects.</summary>
public sealed class ResourceTests
{
    [Fact]
    public async Task Nodes_and_models_are_those_of_the_tools()
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.WithStatus().Gets(ControlRoutes.Models, SampleWires.Models, ContractsJson.Default.IReadOnlyListModelWire);

        foreach (var (uri, tool) in ((string, string)[])[("homelab://nodes", "cluster_nodes"), ("homelab://models", "model_list")])
        {
            var read = await ReadAsync(mcp, uri);
            var told = (await mcp.CallAsync(tool)).StructuredContent!.Value;
            Assert.True(JsonElement.DeepEquals(told, read), $"{uri}: {read}");
        }
    }

    [Fact]
    public async Task Events_are_the_last_hundred_and_read_once()
    {
        await using var mcp = await PipedMcp.StartAsync();
        var last = 250;
        mcp.Server.On("GET", ControlRoutes.Events, async context =>
        {
            Assert.Equal("false", context.Request.Query[ControlRoutes.FollowQuery]);
            context.Response.ContentType = "text/event-stream";
            for (var id = int.Parse(context.Request.Query[ControlRoutes.SinceQuery]!) + 1; id <= last; id++)
            {
                await FakeControlServer.EventAsync(context, SampleWires.Event(id));
            }
        });

        Assert.Equal(Enumerable.Range(151, 100), Ids(await ReadAsync(mcp, "homelab://events")));
        last = 253;
        Assert.Equal(Enumerable.Range(154, 100), Ids(await ReadAsync(mcp, "homelab://events")));
        Assert.Contains("since=250", mcp.Server.Seen[^1].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_collects_the_decision_the_machines_and_what_happened()
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.WithStatus()
            .Gets(ControlRoutes.Explain, SampleWires.Explain, ContractsJson.Default.ExplainWire)
            .On("GET", ControlRoutes.Events, async context =>
            {
                context.Response.ContentType = "text/event-stream";
                await FakeControlServer.EventAsync(context, SampleWires.Event(101, "model.evicted", "qwen3:8b went for gemma3:12b"));
                await FakeControlServer.EventAsync(context, SampleWires.Event(102) with { Model = "other:1b" });
                await FakeControlServer.EventAsync(context, SampleWires.Event(103, "node.suspect", "tower is silent") with { Model = null });
            });

        var prompt = await mcp.Client.GetPromptAsync("diagnose_slow_model", new Dictionary<string, object?> { ["model"] = "qwen3:8b" });

        var message = Assert.Single(prompt.Messages);
        Assert.Equal(Role.User, message.Role);
        VerifiedSnapshot.Match(((TextContentBlock)message.Content).Text + "\n");
    }

    private static IEnumerable<int> Ids(JsonElement events) => events.EnumerateArray().Select(e => e.GetProperty("id").GetInt32());

    private static async Task<JsonElement> ReadAsync(PipedMcp mcp, string uri)
    {
        var contents = Assert.IsType<TextResourceContents>(Assert.Single((await mcp.Client.ReadResourceAsync(uri)).Contents));
        Assert.Equal((uri, "application/json"), (contents.Uri, contents.MimeType));
        return JsonDocument.Parse(contents.Text).RootElement;
    }
}
