using Homelab.Domain.Models;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Machines that die, fall off the network and come back.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class NodeFailureTests
{
    private const string Big = "big:13b";

    [ExecutableFact]
    public async Task Acceptance_26_machine_killed_in_mid_stream_ends_that_stream_only_and_its_models_come_up_elsewhere()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.QuickPace,
            ClusterNode.Simulated("tower", "24GiB", Model(Big, "8GiB"), tokens: 8),
            ClusterNode.Simulated("attic", "24GiB", Model(Big, "8GiB") + ", " + Model("other:3b", "2GiB"), tokens: 16),
            ClusterNode.Simulated("laptop", "4GiB", Model("small:1b", "1GiB")));
        await cluster.LoadAsync(Big, "tower");
        await cluster.LoadAsync("other:3b", "attic");
        using var dying = await ClientStream.OpenAsync(cluster["laptop"], Big);
        using var other = await ClientStream.OpenAsync(cluster["laptop"], "other:3b");
        Assert.StartsWith("node=tower; ", dying.Route, StringComparison.Ordinal);
        Assert.StartsWith("node=attic; ", other.Route, StringComparison.Ordinal);

        // In use for some heartbeats, so that the hub knows that it is wanted.
        for (var i = 0; i < 12; i++)
        {
            Assert.True(await dying.NextAsync());
        }

        await cluster["tower"].KillAsync();
        var cut = await dying.RestAsync();
        Assert.Contains("\"error\"", cut, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", cut, StringComparison.Ordinal);
        await cluster.IsAsync("tower", "lost");
        await cluster.BecomesAsync("what is hot on attic", "both models", () => cluster.HotAsync("attic"), hot => hot == $"{Big}, other:3b");
        var moved = await cluster["laptop"].AskAsync(Big);
        Assert.StartsWith("node=attic; tier=hub; ", moved.Route, StringComparison.Ordinal);
        await other.RestAsync();
        Assert.True(other.IsWhole, other.Text);

        await cluster["tower"].StartAgainAsync();
        await cluster.KnowsItselfAsync();
    }

    [ExecutableFact]
    public async Task Request_that_finds_its_machine_dead_is_served_by_another_before_anybody_missed_it()
    {
        await using var cluster = await TestCluster.StartAsync(
            ClusterNode.Simulated("tower", "24GiB", Model(Big, "8GiB")),
            ClusterNode.Simulated("attic", "24GiB", Model(Big, "8GiB")));
        await cluster.LoadAsync(Big, "tower");
        await cluster["tower"].KillAsync();
        var moved = await cluster.Hub.AskAsync(Big);
        Assert.True(moved.Status == 200, $"{moved}\n{cluster.Log}");
        Assert.StartsWith("node=attic; ", moved.Route, StringComparison.Ordinal);
        Assert.InRange(moved.Took.TotalSeconds, 0, 5);
    }

    [ExecutableFact]
    public async Task Acceptance_25_machine_that_is_silent_for_a_moment_comes_back_as_it_was()
    {
        await using var engine = await EngineAsync();
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.QuickPace.Replace("lost_after: 3s", "lost_after: 30s", StringComparison.Ordinal),
            ClusterNode.Before("tower", engine),
            ClusterNode.Simulated("attic", "24GiB", Model(Big, "8GiB"), loadRate: "1GiB"));
        await cluster.LoadAsync(Big, "tower");
        for (var i = 0; i < 2; i++)
        {
            cluster["tower"].Freeze();
            await cluster.IsAsync("tower", "suspect");
            Assert.Equal(Big, await cluster.HotAsync("tower"));
            cluster["tower"].Thaw();
            await cluster.IsAsync("tower", "live");
            await cluster.Hub.ServesAsync(Big, "node=tower; tier=cluster-hot");
        }

        Assert.Equal((1, 0), (engine.Counts.Loads, engine.Counts.Unloads));
        Assert.Equal(["placement.load"], (await cluster.EventsAsync()).Select(e => e.GetProperty("type").GetString()).Where(t => t is "node.lost" or "placement.load"));
        Assert.Equal("", await cluster.HotAsync("attic"));
    }

    [ExecutableFact]
    public async Task Acceptance_25_machine_that_was_lost_and_comes_back_keeps_its_models_and_loads_none_twice()
    {
        await using var engine = await EngineAsync();
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.QuickPace,
            ClusterNode.Before("tower", engine),
            ClusterNode.Simulated("attic", "24GiB", Model(Big, "8GiB")),
            ClusterNode.Simulated("laptop", "4GiB", Model("small:1b", "1GiB")));
        await cluster.LoadAsync(Big, "tower");
        Assert.StartsWith("node=tower; ", (await cluster["laptop"].AskAsync(Big)).Route, StringComparison.Ordinal);
        cluster["tower"].Freeze();

        // Sent to a machine that is not known to be gone: nobody waits for it longer than until it counts as lost.
        var waiting = await Task.WhenAll(cluster.Hub.AskAsync(Big), cluster["laptop"].AskAsync(Big));
        foreach (var reply in waiting)
        {
            Assert.True(reply.Status == 200, $"{reply}\n{cluster.Log}");
            Assert.StartsWith("node=attic; ", reply.Route, StringComparison.Ordinal);
            Assert.InRange(reply.Took, TimeSpan.Zero, TestCluster.LostWithin);
        }

        await cluster.IsAsync("tower", "lost");
        cluster["tower"].Thaw();
        await cluster.IsAsync("tower", "live");
        await cluster.HasHotAsync("tower", Big);
        await cluster.HasHotAsync("attic", Big);
        Assert.Equal((1, 0, 0), (engine.Counts.Loads, engine.Counts.Reloads, engine.Counts.Unloads));
        Assert.Equal(1, (await cluster.EventsAsync()).Count(e => e.GetProperty("type").GetString() == "node.lost"));
        await cluster.IsIdleAsync();
    }

    [ExecutableFact]
    public async Task Hub_that_loses_most_machines_at_once_takes_itself_for_the_one_cut_off_and_commands_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.QuickPace,
            ClusterNode.Simulated("tower", "24GiB", Model(Big, "8GiB")),
            ClusterNode.Simulated("shed", "24GiB", Model(Big, "8GiB")),
            ClusterNode.Simulated("attic", "24GiB", Model(Big, "8GiB") + ", " + Model("other:3b", "2GiB")));
        await cluster.LoadAsync(Big, "tower");
        await cluster.LoadAsync("other:3b", "attic");
        Assert.Equal(200, (await cluster.Hub.AskAsync(Big)).Status);
        cluster["tower"].Freeze();
        cluster["shed"].Freeze();
        await cluster.IsAsync("tower", "lost");
        await cluster.IsAsync("shed", "lost");
        Assert.Contains(await cluster.EventsAsync(), e => e.GetProperty("type").GetString() == "hub.cut_off");
        Assert.Contains("cut off", (await cluster.Hub.CommandAsync("status")).Output, StringComparison.Ordinal);
        await cluster.Hub.ServesAsync("other:3b", "node=attic; tier=cluster-hot");
        Assert.Equal("other:3b", await cluster.HotAsync("attic"));
        cluster["tower"].Thaw();
        cluster["shed"].Thaw();
        await cluster.KnowsItselfAsync();
        await cluster.BecomesAsync("the hub's events", "hub.restored", async () => string.Join(", ", (await cluster.EventsAsync()).Select(e => e.GetProperty("type").GetString())), e => e.Contains("hub.restored", StringComparison.Ordinal));
    }

    private static string Model(string name, string size) => $$"""{ name: "{{name}}", size: {{size}} }""";

    private static async Task<FakeOllama> EngineAsync()
    {
        var engine = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(24), Models = [], Catalogue = [] });
        engine.Install(Big, ByteSize.FromGibibytes(8));
        return engine;
    }
}
