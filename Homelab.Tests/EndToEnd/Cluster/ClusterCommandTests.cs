using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>What an operator does with a hub, by its commands.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterCommandTests
{
    private const string Big = "big:13b";

    [ExecutableFact]
    public async Task Drained_machine_gets_nothing_new_ends_what_it_has_and_takes_work_again_when_resumed()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower", tokens: 25), Node("attic"));
        await cluster.LoadAsync(Big, "tower");
        using var running = await ClientStream.OpenAsync(cluster.Hub, Big);
        Assert.StartsWith("node=tower; ", running.Route, StringComparison.Ordinal);
        Assert.Contains("tower is draining", await RunAsync(cluster, "nodes", "drain", "tower"), StringComparison.Ordinal);
        Assert.Equal("draining", await cluster.StateAsync("tower"));
        Assert.StartsWith("node=attic; ", (await cluster.Hub.AskAsync(Big)).Route, StringComparison.Ordinal);
        Assert.StartsWith("node=tower; tier=local-hot; ", (await cluster["tower"].AskAsync(Big)).Route, StringComparison.Ordinal);
        await running.RestAsync();
        Assert.True(running.IsWhole, running.Text);

        // The operator's wish outlives the hub.
        await cluster.Hub.CrashAndRestartAsync();
        await Eventually.BecomesAsync("tower at the hub", "draining", () => cluster.StateAsync("tower"), s => s == "draining");
        Assert.Contains("takes work again", await RunAsync(cluster, "nodes", "resume", "tower"), StringComparison.Ordinal);
        await cluster.IsAsync("tower", "live");
        await RunAsync(cluster, "nodes", "drain", "attic");
        await cluster.Hub.ServesAsync(Big, "node=tower; ");
        var unknown = await cluster.Hub.CommandAsync("nodes", "drain", "nobody");
        Assert.True(unknown.ExitCode == 1, $"{unknown}");
    }

    [ExecutableFact]
    public async Task Models_are_loaded_unloaded_pulled_and_removed_on_the_machine_that_is_named()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower"), Node("attic"));
        await RunAsync(cluster, "models", "load", Big, "--node", "attic");
        await cluster.HasHotAsync("attic", Big);
        await cluster.HasHotAsync("tower");
        Assert.Contains("attic", await RunAsync(cluster, "models", "load", Big), StringComparison.Ordinal);
        await RunAsync(cluster, "models", "unload", Big, "--node", "attic");
        await cluster.HasHotAsync("attic");

        await RunAsync(cluster, "models", "pull", "sim-tiny:1b", "--node", "tower");
        await cluster.Hub.ServesAsync("sim-tiny:1b", "node=tower; ");
        await cluster["attic"].ServesAsync("sim-tiny:1b", "node=tower; tier=hub; ");
        await RunAsync(cluster, "models", "unload", "sim-tiny:1b");
        await RunAsync(cluster, "models", "rm", "sim-tiny:1b");
        await Eventually.BecomesAsync("POST /v1/chat/completions", "404", async () => (await cluster.Hub.AskAsync("sim-tiny:1b")).Status, s => s == 404);

        foreach (var (model, node, says) in new[] { (Big, "nobody", "no such machine"), ("nowhere:1b", "tower", "nowhere:1b"), ("nowhere:1b", "", "nowhere:1b") })
        {
            var wrong = await cluster.Hub.CommandAsync(node.Length > 0 ? ["models", "load", model, "--node", node] : ["models", "load", model]);
            Assert.True(wrong.ExitCode == 1, $"{wrong}");
            Assert.Contains(says, wrong.Error, StringComparison.Ordinal);
        }
    }

    [ExecutableFact]
    public async Task Name_that_an_operator_gives_a_model_is_known_to_every_machine_and_outlives_the_hub()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower"), ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }"""));
        Assert.Contains($"genius is another name of {Big}", await RunAsync(cluster, "models", "alias", "genius", Big), StringComparison.Ordinal);
        await cluster.Hub.ServesAsync("genius", "node=tower; ");
        await cluster["laptop"].ServesAsync("genius", "node=tower; tier=hub; ");

        await cluster.Hub.CrashAndRestartAsync();
        await cluster.Hub.ServesAsync("genius", "node=tower; ");
        Assert.Contains("genius", await RunAsync(cluster, "models", "alias"), StringComparison.Ordinal);
        Assert.Contains("genius is no name any more", await RunAsync(cluster, "models", "alias", "genius", "--remove"), StringComparison.Ordinal);
        await Eventually.BecomesAsync("POST /v1/chat/completions", "404", async () => (await cluster["laptop"].AskAsync("genius")).Status, s => s == 404);
    }

    [ExecutableFact]
    public async Task Lists_and_explanations_show_every_machine()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower"), Node("attic"), ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }"""));
        await cluster.LoadAsync(Big, "tower");
        var nodes = await RunAsync(cluster, "nodes");
        Assert.All((string[])["tower", "attic", "laptop", "SIMULATED", "live"], word => Assert.Contains(word, nodes, StringComparison.Ordinal));
        var models = await RunAsync(cluster, "models");
        Assert.All((string[])[Big, "small:1b", "tower", "attic"], word => Assert.Contains(word, models, StringComparison.Ordinal));
        var explained = JsonDocument.Parse(await RunAsync(cluster, "explain", Big, "--output", "json")).RootElement;
        Assert.Equal("hot", explained.GetProperty("decision").GetString());
        Assert.Equal(
            ["tower: hot", "attic: fits", "laptop: not_installed"],
            explained.GetProperty("candidates").EnumerateArray().Select(c => $"{c.GetProperty("name").GetString()}: {c.GetProperty("decision").GetString()}"));
        Assert.Contains("tower", await RunAsync(cluster, "explain", Big), StringComparison.Ordinal);
        var delegated = (await cluster["laptop"].CommandAsync("explain", Big, "--output", "json")).ParseJson();
        Assert.Equal("delegate", delegated.GetProperty("decision").GetString());
        foreach (var process in (HomelabProcess[])[cluster.Hub, cluster["laptop"]])
        {
            var unknown = await process.CommandAsync("explain", "nowhere:1b");
            Assert.True(unknown.ExitCode == 1, $"{unknown}");
            var doctor = await process.CommandAsync("doctor");
            Assert.True(doctor.ExitCode is 0 or 1, $"{doctor}");
        }
    }

    [ExecutableFact]
    public async Task Watched_status_tells_each_change_and_outlives_the_hub()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower"));
        var environment = HomelabCommand.Environment(cluster.Hub.Home, new Dictionary<string, string?>());
        await using var watch = TestProcess.Start(HomelabExecutable.Path, ["status", "--watch", "--url", cluster.Hub.Url.ToString()], environment);
        await SaysAsync(watch, "1 live, 0 running, 0 waiting");
        await cluster.LoadAsync(Big, "tower");
        await SaysAsync(watch, $"{Big} hot");
        await cluster.Hub.KillAsync();
        await Eventually.BecomesAsync("the watch's error output", "trying again", () => Task.FromResult(watch.Error), e => e.Contains("trying again", StringComparison.Ordinal));
        await cluster.Hub.StartAgainAsync();
        await RunAsync(cluster, "nodes", "drain", "tower");
        cluster["tower"].Terminate();
        Assert.Equal(0, await cluster["tower"].ExitAsync());
        await SaysAsync(watch, "0 live, 0 running, 0 waiting");
        watch.Signal("INT");
        Assert.Equal(0, await watch.ExitAsync(TimeSpan.FromSeconds(20)));
    }

    [ExecutableFact]
    public async Task Keys_hold_from_the_next_request_on_and_no_longer_than_until_they_are_revoked()
    {
        await using var cluster = await TestCluster.StartAsync(Node("tower"));
        var key = (await RunAsync(cluster, "keys", "add", "n8n", "--models", "big*", "--requests-per-minute", "3")).Trim();
        Assert.Equal((401, "invalid_api_key"), await AskAsync(cluster, null));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal((200, ""), await AskAsync(cluster, key));
        }

        var limited = await cluster.Hub.AskAsync(Big, headers: [("Authorization", "Bearer " + key), ("X-Forwarded-For", "203.0.113.9")]);
        Assert.Equal((429, "rate_limit_exceeded"), (limited.Status, limited.Code));
        Assert.InRange(int.Parse(limited.RetryAfter, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        var listed = JsonDocument.Parse(await RunAsync(cluster, "keys", "list", "--output", "json")).RootElement;
        var entry = Assert.Single(listed.EnumerateArray(), k => k.GetProperty("name").GetString() == "n8n");
        Assert.Equal((3, "big*"), (entry.GetProperty("requests_per_minute").GetInt32(), entry.GetProperty("models")[0].GetString()));
        Assert.DoesNotContain(key[^32..], listed.ToString(), StringComparison.Ordinal);
        await RunAsync(cluster, "keys", "revoke", "n8n");
        Assert.Equal((401, "invalid_api_key"), await AskAsync(cluster, key));

        // An administrator may manage from elsewhere, a service may not.
        var admin = (await RunAsync(cluster, "keys", "add", "ops", "--admin")).Trim();
        var service = (await RunAsync(cluster, "keys", "add", "home-assistant")).Trim();
        Assert.Equal(200, await MakeTokenAsync(cluster, admin));
        Assert.Equal(403, await MakeTokenAsync(cluster, service));
        Assert.Equal((200, ""), await AskAsync(cluster, service));
        var credential = CredentialOf(cluster["tower"]);
        Assert.Equal(403, await MakeTokenAsync(cluster, credential));
        var asService = await cluster.Hub.AskAsync(Big, headers: [("Authorization", "Bearer " + credential), ("X-Forwarded-For", "203.0.113.9")]);
        Assert.Equal((403, "insufficient_permissions"), (asService.Status, asService.Code));
    }

    /// <summary>By which a machine speaks to its hub. The first line of the file is its checksum.</summary>
    internal static string CredentialOf(HomelabProcess daemon) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(daemon.Home.Path, "state", "hubs.json")).Split('\n', 2)[1]).RootElement.GetProperty("hubs").EnumerateObject().First().Value.GetProperty("credential").GetString()!;

    private static ClusterNode Node(string name, int tokens = 2000, string loadRate = "200GiB") => ClusterNode.Simulated(name, "24GiB", $$"""{ name: "{{Big}}", size: 8GiB }""", tokens, loadRate);

    private static async Task<string> RunAsync(TestCluster cluster, params string[] arguments)
    {
        var run = await cluster.Hub.CommandAsync(arguments);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run}\n{cluster.Log}");
        return run.Output;
    }

    private static Task SaysAsync(TestProcess watch, string words) =>
        Eventually.BecomesAsync("the watch's output", words, () => Task.FromResult(watch.Output + watch.Error), o => o.Contains(words, StringComparison.Ordinal));

    /// <summary>As a caller from another machine, with a key or without.</summary>
    private static async Task<(int Status, string Code)> AskAsync(TestCluster cluster, string? key)
    {
        (string, string) proxied = ("X-Forwarded-For", "203.0.113.9");
        var reply = await cluster.Hub.AskAsync(Big, headers: key is null ? [proxied] : [proxied, ("Authorization", "Bearer " + key)]);
        return (reply.Status, reply.Status == 200 ? "" : reply.Code);
    }

    private static async Task<int> MakeTokenAsync(TestCluster cluster, string key) =>
        (await cluster.Hub.SendAsync("homelab/v1/join-tokens", "{}", ("Authorization", "Bearer " + key), ("X-Forwarded-For", "203.0.113.9"))).Status;
}
