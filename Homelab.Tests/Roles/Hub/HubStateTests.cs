using System.Net;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Persistence.Cluster;

namespace Homelab.Tests.Roles.Hub;

/// <summary>A disk that fails takes nothing of the cluster down, and the fault is shown.</summary>
public sealed class HubStateTests
{
    private static readonly ClusterStoreOptions Small = new() { MaximumBytes = 96 * 1024 };

    [Fact]
    public async Task On_a_full_disk_routing_and_heartbeats_go_on_and_keys_are_refused_with_507()
    {
        await using var hub = await HubFixture.StartAsync(kept: Small);
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var (key, token) = (await hub.KeyAsync("n8n"), await hub.JoinTokenAsync());
        await FillAsync(hub);

        Assert.Contains((await hub.StatusAsync()).Warnings!, w => w.Contains("the disk is full", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode)507, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Keys, LargeKey("another"))));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", key)));
        await node.BeatAsync();
        await node.BeatAsync();
        Assert.Equal("live", await hub.StateOfAsync("a"));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/a/drain")));
        Assert.Equal("draining", await hub.StateOfAsync("a"));
        Assert.DoesNotContain(token, hub.Log.Text);
    }

    [Fact]
    public async Task A_join_that_a_full_disk_refuses_is_507_and_costs_no_token()
    {
        await using var hub = await HubFixture.StartAsync(kept: Small);
        var token = await hub.JoinTokenAsync();
        var fillers = await FillAsync(hub);
        var node = new ScriptedNode(hub, "late");
        await using var _ = node;

        // The last few small records may still fit; the token is good for one of them at most.
        var status = await HeartbeatTests.StatusOf(node.TryJoinAsync(token));
        if (status == (HttpStatusCode)507)
        {
            foreach (var filler in fillers)
            {
                (await hub.SendAsync(HttpMethod.Delete, $"{ControlRoutes.Keys}/{filler}")).Dispose();
            }

            await hub.PassAsync(TimeSpan.FromSeconds(35));
            status = await HeartbeatTests.StatusOf(node.TryJoinAsync(token));
        }

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(node.TryJoinAsync(token)));
    }

    [Fact]
    public async Task A_key_that_a_full_disk_will_not_forget_is_out_of_force_all_the_same()
    {
        await using var hub = await HubFixture.StartAsync(kept: Small);
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var key = await hub.KeyAsync("n8n");
        await FillAsync(hub);

        Assert.Contains((int)await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Delete, ControlRoutes.Keys + "/n8n")), new[] { 200, 507 });
        Assert.Contains((int)await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Delete, "/homelab/v1/nodes/a")), new[] { 200, 507 });

        Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(node.SendAsync(node.Next())));
        Assert.Empty(await hub.NodesAsync());
    }

    [Fact]
    public async Task A_state_folder_that_cannot_be_made_leaves_a_hub_that_works_from_memory()
    {
        await using var hub = await HubFixture.StartAsync(before: folder => File.WriteAllText(Path.Combine(folder, "state"), "a file where the folder should be"));
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));

        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", await hub.KeyAsync("n8n"))));
        Assert.NotEmpty((await hub.StatusAsync()).Warnings!);
    }

    [Fact]
    public async Task A_disk_that_comes_late_brings_its_keys_and_nodes()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var key = await hub.KeyAsync("n8n");
        await hub.StopAsync();
        Directory.Move(hub.StateFolder, hub.StateFolder + "-away");
        await File.WriteAllTextAsync(hub.StateFolder, "not mounted yet");
        await hub.RestartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", key)));

        File.Delete(hub.StateFolder);
        Directory.Move(hub.StateFolder + "-away", hub.StateFolder);
        await hub.AdvanceUntilAsync("the node is known", TimeSpan.FromSeconds(1), async () => await hub.StateOfAsync("a") != "absent");
        await hub.UntilAsync("its credential is good", async () => await HeartbeatTests.StatusOf(node.SendAsync(node.Next())) == HttpStatusCode.OK);
        await node.ReportAsync();

        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", key)));
    }

    private static string LargeKey(string name) => JsonSerializer.Serialize(
        new KeyRequestWire(name, [.. Enumerable.Range(0, 250).Select(i => $"{name}-{i}-{new string('x', 60)}")]), ContractsJson.Default.KeyRequestWire);

    /// <summary>Makes keys until the disk takes no more, large ones first.</summary>
    private static async Task<List<string>> FillAsync(HubFixture hub)
    {
        var made = new List<string>();
        for (var i = 0; ; i++)
        {
            var status = await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Keys, LargeKey($"filler-{i}")));
            if (status == (HttpStatusCode)507)
            {
                break;
            }

            Assert.Equal(HttpStatusCode.OK, status);
            made.Add($"filler-{i}");
        }

        for (var i = 0; ; i++)
        {
            if (await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Keys, JsonSerializer.Serialize(new KeyRequestWire($"small-{i}"), ContractsJson.Default.KeyRequestWire))) != HttpStatusCode.OK)
            {
                return made;
            }

            made.Add($"small-{i}");
        }
    }
}
