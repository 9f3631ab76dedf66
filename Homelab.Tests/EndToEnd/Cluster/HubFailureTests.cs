namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Hubs that die, restart and hang.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class HubFailureTests
{
    private const string Big = "big:13b";
    private const string Small = "small:1b";

    [ExecutableFact]
    public async Task Acceptance_27_and_28_hub_killed_under_load_loses_no_local_request_and_is_back_within_a_heartbeat()
    {
        // An answer takes seconds on the tower.
        await using var cluster = await TestCluster.StartAsync(Node("tower", "24GiB", Big, "8GiB", tokens: 8), Node("laptop", "8GiB", Small, "1GiB"), Node("attic", "8GiB", "other:1b", "1GiB"));
        await cluster.LoadAsync(Big, "tower");
        await using var atHome = LocalUse.Start(cluster["laptop"], Small);
        await using var inTheAttic = LocalUse.Start(cluster["attic"], "other:1b");
        await atHome.GoesOnAsync();
        using var surviving = await ClientStream.OpenAsync(cluster["tower"], Big);
        using var through = await ClientStream.OpenAsync(cluster["laptop"], Big);
        Assert.StartsWith("node=tower; tier=hub; ", through.Route, StringComparison.Ordinal);

        await cluster.Hub.KillAsync();
        var cut = await through.RestAsync();
        Assert.Contains("\"error\"", cut, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", cut, StringComparison.Ordinal);
        var refused = await cluster["laptop"].AskAsync(Big);
        Assert.Equal((503, "hub_unreachable"), (refused.Status, refused.Code));
        Assert.InRange(int.Parse(refused.RetryAfter, System.Globalization.CultureInfo.InvariantCulture), 5, 30);
        Assert.Contains(cluster.Hub.Url.Authority, refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.Took.TotalSeconds, 0, 5);
        await atHome.GoesOnAsync();
        await inTheAttic.GoesOnAsync();

        await cluster.Hub.StartAgainAsync();
        var began = TimeProvider.System.GetTimestamp();

        // Asked before any machine reported: it waits for them instead of denying them.
        var early = await cluster.Hub.AskAsync("other:1b");
        Assert.True(early.Status == 200, $"{early}\n{cluster.Log}");
        await cluster.KnowsItselfAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 6);
        await cluster.HasHotAsync("tower", Big);
        await cluster["laptop"].ServesAsync(Big, "node=tower; tier=hub");
        await atHome.GoesOnAsync();
        await inTheAttic.GoesOnAsync();
        await surviving.RestAsync();
        Assert.True(surviving.IsWhole, surviving.Text);
    }

    [ExecutableFact]
    public async Task Acceptance_27_hub_that_hangs_leaves_local_use_alone_and_others_are_told_in_bounded_time()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower", "24GiB", Big, "8GiB"), Node("laptop", "8GiB", Small, "1GiB"));
        Assert.Equal(200, (await cluster["laptop"].AskAsync(Big)).Status);
        await using var atHome = LocalUse.Start(cluster["laptop"], Small);
        cluster.Hub.Freeze();
        var hanging = cluster["laptop"].AskAsync(Big);
        await atHome.GoesOnAsync(20);

        // Who waits for an answer of it waits no longer than it is silent, and who comes later is told at once.
        foreach (var reply in (Reply[])[await hanging, await cluster["laptop"].AskAsync(Big)])
        {
            Assert.True((reply.Status, reply.Code) == (503, "hub_unreachable"), $"{reply}");
            Assert.Contains(cluster.Hub.Url.Authority, reply.Message, StringComparison.Ordinal);
        }

        await atHome.GoesOnAsync();
        cluster.Hub.Thaw();
        await cluster.KnowsItselfAsync();
        await cluster["laptop"].ServesAsync(Big, "node=tower; tier=hub");
        await atHome.GoesOnAsync();
    }

    [ExecutableFact]
    public async Task Usage_events_and_keys_outlive_the_hub()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower", "24GiB", Big, "8GiB"));
        var key = (await cluster.Hub.CommandAsync("keys", "add", "n8n")).Output.Trim();
        Assert.Equal(200, (await cluster.Hub.AskAsync(Big, headers: ("Authorization", "Bearer " + key))).Status);
        await Eventually.BecomesAsync("homelab usage", "n8n", UsageAsync, u => u.Contains("n8n", StringComparison.Ordinal));
        var before = await cluster.EventsAsync();
        Assert.Contains(before, e => e.GetProperty("type").GetString() == "node.joined");

        cluster.Hub.Terminate();
        Assert.Equal(0, await cluster.Hub.ExitAsync());
        await cluster.Hub.StartAgainAsync();
        await cluster.KnowsItselfAsync();
        var after = await cluster.EventsAsync();
        Assert.Equal(before.Select(e => e.GetProperty("id").GetInt64()), after.Select(e => e.GetProperty("id").GetInt64()).Take(before.Count));
        Assert.Contains("n8n", await UsageAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (await cluster.Hub.AskAsync(Big, headers: [("Authorization", "Bearer " + key), ("X-Forwarded-For", "203.0.113.9")])).Status);

        // Followed from where it was left.
        var follow = await cluster.Hub.CommandAsync("events", "--since", $"{before[^1].GetProperty("id").GetInt64()}", "--output", "json");
        Assert.DoesNotContain("node.joined", follow.Output, StringComparison.Ordinal);

        async Task<string> UsageAsync() => (await cluster.Hub.CommandAsync("usage")).Output;
    }

    private static ClusterNode Node(string name, string memory, string model, string size, int tokens = 2000) =>
        ClusterNode.Simulated(name, memory, $$"""{ name: "{{model}}", size: {{size}} }""", tokens);
}
