namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Where requests go, seen by their clients.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterPlacementTests
{
    private const string Big = "big:13b";

    [ExecutableFact]
    public async Task Acceptance_29_twenty_requests_at_once_do_not_herd_on_one_machine()
    {
        // Heartbeats are rare: what the hub sent in between it must count by itself.
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Pace.Replace("heartbeat: 500ms", "heartbeat: 5s", StringComparison.Ordinal), Node("tower", tokens: 60), Node("attic", tokens: 60), Node("shed", tokens: 60));
        foreach (var node in cluster.Nodes.Keys)
        {
            await cluster.LoadAsync(Big, node);
        }

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => cluster.Hub.AskAsync(Big, $"Question {i}: say hello.")));
        Assert.All(replies, r => Assert.True(r.Status == 200, $"{r}"));
        var shares = replies.GroupBy(r => r.Route.Split(';')[0]).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(3, shares.Count);
        Assert.All(shares, share => Assert.True(share.Value is >= 4 and <= 10, string.Join(", ", shares)));
    }

    [ExecutableFact]
    public async Task Acceptance_24_busy_replica_is_not_waited_for_where_a_load_elsewhere_takes_less()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower", tokens: 20), Node("attic", tokens: 20, loadRate: "80GiB"));

        // Loaded there once, so that it is known how long that takes.
        await cluster.LoadAsync(Big, "attic");
        await cluster.LoadAsync(Big, "tower");
        Assert.Equal(0, (await cluster.Hub.CommandAsync("models", "unload", Big, "--node", "attic")).ExitCode);
        var streams = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ClientStream.OpenAsync(cluster.Hub, Big, $"Question {i}: say hello.")));
        var routes = streams.GroupBy(s => s.Route.Split(';')[0]).ToDictionary(g => g.Key, g => g.Count());
        Assert.True(routes.GetValueOrDefault("node=tower") >= 4 && routes.GetValueOrDefault("node=attic") >= 1, $"{string.Join(", ", routes)}\n{cluster.Log}");
        foreach (var stream in streams)
        {
            stream.Dispose();
        }

        await cluster.IsIdleAsync();
    }

    [ExecutableFact]
    public async Task Conversation_returns_to_the_machine_that_has_read_its_beginning()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower"), Node("attic"), Node("shed"));
        foreach (var node in cluster.Nodes.Keys)
        {
            await cluster.LoadAsync(Big, node);
        }

        var beginning = string.Concat(Enumerable.Range(0, 400).Select(i => $"Sentence {i} of a long story. "));
        var first = await cluster.Hub.AskAsync(Big, beginning);
        for (var i = 0; i < 6; i++)
        {
            var next = await cluster.Hub.AskAsync(Big, beginning + $"And then {i}?");
            Assert.Equal(first.Route.Split(';')[0], next.Route.Split(';')[0]);
        }
    }

    [ExecutableFact]
    public async Task Model_that_requires_a_label_or_a_pin_is_where_the_hubs_configuration_wants_it()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Pace + """
            models:
              - { name: "big:13b", require: { site: home } }
              - { name: "pinned:3b", pin: true }
            """,
            Node("tower"),
            Node("attic", models: """{ name: "big:13b", size: 8GiB }, { name: "pinned:3b", size: 2GiB }"""));
        var refused = await cluster.Hub.AskAsync(Big);
        Assert.Equal((503, "no_live_nodes"), (refused.Status, refused.Code));
        Assert.Contains("site=home", refused.Message, StringComparison.Ordinal);
        await cluster.HasHotAsync("attic", "pinned:3b");
        await cluster.AddAsync(Node("cellar") with { Labels = "site: home" });
        await cluster.Hub.ServesAsync(Big, "node=cellar; ");
    }

    private static ClusterNode Node(string name, int tokens = 2000, string loadRate = "200GiB", string models = """{ name: "big:13b", size: 8GiB }""") => ClusterNode.Simulated(name, "24GiB", models, tokens, loadRate);
}
