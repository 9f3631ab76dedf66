using System.Net;
using Homelab.Contracts;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Where a node exposes its engine the hub goes straight there, and tells the node what it has under way.</summary>
public sealed class ExposedEngineRoutingTests
{
    [Fact]
    public async Task What_is_hot_goes_straight_to_the_engine_under_its_own_name_and_without_a_key()
    {
        await using var engine = new ScriptedUpstream();
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => Expose(n, engine).Holds("qwen3:8b", engineModel: "qwen3:8b-homelab"));
        engine.Script = (_, reply) => reply.JsonAsync(200, node.Answer());

        using var answer = await hub.ChatAsync("qwen3:8b", await hub.KeyAsync("n8n"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(node.Surface.Requests);
        Assert.Contains("\"qwen3:8b-homelab\"", engine.Last.Text);
        Assert.Null(engine.Last.Header("Authorization"));
        Assert.DoesNotContain(engine.Last.Headers.Keys, h => h.StartsWith("x-homelab", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_must_be_loaded_goes_through_the_daemon_first()
    {
        await using var engine = new ScriptedUpstream();
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => Expose(n, engine).Has("qwen3:8b"));
        engine.Script = (_, reply) => reply.JsonAsync(200, node.Answer());
        node.Serve();

        using var answer = await hub.ChatAsync("qwen3:8b").WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("load", Assert.Single(node.Commands).Kind);
        Assert.Single(engine.Requests);
    }

    [Fact]
    public async Task The_node_is_told_of_requests_under_way_and_of_their_end()
    {
        await using var engine = new ScriptedUpstream();
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => Expose(n, engine).Holds("qwen3:8b"));
        var (reached, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        engine.Script = async (_, reply) =>
        {
            reached.TrySetResult();
            await go.Task;
            await reply.JsonAsync(200, node.Answer());
        };
        var held = node.BeatAsync(hold: 5);
        await HeartbeatTests.HeldAsync(hub);
        var asking = hub.ChatAsync("qwen3:8b");
        await reached.Task.WaitAsync(HubFixture.Limit, TimeProvider.System);

        await hub.AdvanceUntilAsync("the held heartbeat is answered", TimeSpan.FromMilliseconds(50), () => Task.FromResult(held.IsCompleted));
        Assert.Equal([new ModelLeasesWire("qwen3:8b", 1)], (await held).Leases);
        Assert.Equal([new ModelLeasesWire("qwen3:8b", 1)], (await node.BeatAsync()).Leases);

        var next = node.BeatAsync(hold: 5);
        go.SetResult();
        (await asking.WaitAsync(HubFixture.Limit, TimeProvider.System)).Dispose();
        await hub.AdvanceUntilAsync("the next one is answered", TimeSpan.FromMilliseconds(50), () => Task.FromResult(next.IsCompleted));
        Assert.Null((await next).Leases);
    }

    private static ScriptedNode Expose(ScriptedNode node, ScriptedUpstream engine)
    {
        node.ExposedEngine = engine.Address.ToString();
        return node;
    }
}
