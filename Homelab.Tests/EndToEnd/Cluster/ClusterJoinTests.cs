using System.Net.Http.Json;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>How machines come into a cluster and out of it, with the commands that a user types.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterJoinTests
{
    private static readonly ClusterNode Tower = ClusterNode.Simulated("tower", "24GiB", """{ name: "big:13b", size: 8GiB }""");

    [ExecutableFact]
    public async Task Machine_joins_by_a_token_that_is_good_once_and_comes_back_without_one()
    {
        await using var hub = await HomelabProcess.StartHubAsync(TestCluster.Pace);
        Assert.Matches("admin key, shown this once: hl_admin_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}\n", hub.Log);
        var token = await TokenAsync(hub);
        await using var daemon = await HomelabProcess.StartAsync("node: { name: tower }\n" + Tower.Yaml, null, "--join", hub.Url.ToString(), "--token", token);
        var first = await LiveAsync(hub);

        using (var home = new HomelabHome("node: { name: thief }\n" + Tower.Yaml))
        {
            var second = await HomelabCommand.RunAsync(home, "daemon", "--listen", "127.0.0.1:0", "--join", hub.Url.ToString(), "--token", token);
            Assert.True(second.ExitCode == 77, $"{second}");
            Assert.Contains("homelab join-token", second.Error, StringComparison.Ordinal);
        }

        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.GetFiles(Path.Combine(daemon.Home.Path, "state"), "hubs.json*"))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }

        await daemon.CrashAndRestartAsync();
        await hub.CrashAndRestartAsync();
        Assert.Equal(first, await LiveAsync(hub));
        Assert.Equal(1, hub.Log.Split("admin key").Length - 1);
    }

    [ExecutableFact]
    public async Task Machines_with_one_name_are_told_apart_and_a_configured_token_lets_any_number_in()
    {
        await using var hub = await HomelabProcess.StartHubAsync(TestCluster.Pace + "  join_token: a-token-for-all-my-machines-3141\n");
        await using var first = await TestCluster.StartNodeAsync(Tower, "a-token-for-all-my-machines-3141", hub);
        await LiveAsync(hub);
        await using var second = await TestCluster.StartNodeAsync(Tower, "a-token-for-all-my-machines-3141", hub);
        await Eventually.BecomesAsync("GET /homelab/v1/nodes", "tower, tower-2", () => NamesAsync(hub), names => names == "tower, tower-2");
    }

    [ExecutableFact]
    public async Task Removed_machine_is_cut_off_within_a_heartbeat_serves_its_own_user_and_comes_back_with_a_new_token()
    {
        await using var cluster = await TestCluster.StartAsync(Tower, ClusterNode.Simulated("laptop", "8GiB", """{ name: "small:1b", size: 1GiB }"""));
        var removed = await cluster.Hub.CommandAsync("nodes", "remove", "laptop");
        Assert.True(removed.ExitCode == 0, $"{removed}");
        var began = TimeProvider.System.GetTimestamp();
        await LinkIsAsync(cluster["laptop"], "refused");
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 5);
        Assert.Equal("absent", await cluster.StateAsync("laptop"));
        Assert.Contains("homelab join-token", (await cluster["laptop"].CommandAsync("status")).Output, StringComparison.Ordinal);
        var cut = await cluster["laptop"].AskAsync("big:13b");
        Assert.Equal((503, "hub_unreachable"), (cut.Status, cut.Code));
        Assert.Equal(200, (await cluster["laptop"].AskAsync("small:1b")).Status);
        Assert.Equal(200, (await cluster.Hub.AskAsync("big:13b")).Status);

        await cluster["laptop"].KillAsync();
        File.WriteAllText(cluster["laptop"].Home.ConfigurationFile, File.ReadAllText(cluster["laptop"].Home.ConfigurationFile).Replace("daemon:\n", $"daemon:\n  join_token: {await cluster.MakeTokenAsync()}\n", StringComparison.Ordinal));
        await cluster["laptop"].StartAgainAsync("HOMELAB_DAEMON__JOIN_TOKEN");
        await cluster.KnowsItselfAsync();
    }

    [ExecutableFact]
    public async Task Machine_that_is_stopped_well_leaves_at_once_and_its_models_with_it()
    {
        await using var cluster = await TestCluster.StartAsync(Tower, ClusterNode.Simulated("laptop", "8GiB", """{ name: "small:1b", size: 1GiB }"""));
        Assert.Equal(200, (await cluster.Hub.AskAsync("small:1b")).Status);
        cluster["laptop"].Terminate();
        Assert.Equal(0, await cluster["laptop"].ExitAsync());
        Assert.InRange((await cluster.IsAsync("laptop", "lost")).TotalSeconds, 0, 1);
        var events = await cluster.EventsAsync();
        Assert.Contains(events, e => e.GetProperty("type").GetString() == "node.left" && e.GetProperty("node").GetString() == "laptop");
        Assert.DoesNotContain(events, e => e.GetProperty("type").GetString() is "node.lost" or "node.suspect" && e.GetProperty("node").GetString() == "laptop");
        var gone = await cluster.Hub.AskAsync("small:1b");
        Assert.Equal((404, "model_not_found"), (gone.Status, gone.Code));
    }

    [ExecutableFact]
    public async Task Hub_that_lost_its_state_refuses_its_machines_which_say_so_and_serve_on()
    {
        await using var cluster = await TestCluster.StartAsync(Tower, ClusterNode.Simulated("laptop", "8GiB", """{ name: "small:1b", size: 1GiB }"""));
        await cluster.Hub.KillAsync();
        Directory.Delete(Path.Combine(cluster.Hub.Home.Path, "state"), recursive: true);
        await cluster.Hub.StartAgainAsync();
        await LinkIsAsync(cluster["laptop"], "refused");
        var status = await cluster["laptop"].CommandAsync("status");
        Assert.Contains("does not accept this machine's credential", status.Output, StringComparison.Ordinal);
        Assert.Equal(200, (await cluster["laptop"].AskAsync("small:1b")).Status);
        Assert.Equal((503, "hub_unreachable"), await CodeAsync(cluster["laptop"], "big:13b"));
        Assert.Equal((503, "no_live_nodes"), await CodeAsync(cluster.Hub, "big:13b"));
    }

    [ExecutableFact]
    public async Task Machine_that_lists_two_hubs_reports_to_both_and_reaches_the_others_through_the_one_that_is_left()
    {
        await using var first = await HomelabProcess.StartHubAsync(TestCluster.Pace + "  join_token: a-token-for-all-my-machines-3141\n");
        await using var second = await HomelabProcess.StartHubAsync(TestCluster.Pace + "  join_token: a-token-for-all-my-machines-3141\n");
        await using var tower = await TestCluster.StartNodeAsync(Tower, "a-token-for-all-my-machines-3141", first, second);
        await using var laptop = await TestCluster.StartNodeAsync(ClusterNode.Simulated("laptop", "8GiB", """{ name: "small:1b", size: 1GiB }"""), "a-token-for-all-my-machines-3141", first, second);
        foreach (var hub in (HomelabProcess[])[first, second])
        {
            await Eventually.BecomesAsync($"GET {hub.Url}homelab/v1/nodes", "laptop, tower", () => NamesAsync(hub), names => names == "laptop, tower");
        }

        await laptop.ServesAsync("big:13b", "node=tower; tier=hub");
        await first.KillAsync();
        await laptop.ServesAsync("big:13b", "node=tower; tier=hub", limitSeconds: 5);
        Assert.Equal(second.Url.ToString().TrimEnd('/'), (await laptop.StatusAsync()).GetProperty("hub").GetProperty("url").GetString());
        await first.StartAgainAsync();
        await Eventually.BecomesAsync($"GET {first.Url}homelab/v1/nodes", "laptop, tower", () => NamesAsync(first), names => names == "laptop, tower");
        await first.ServesAsync("big:13b", "node=tower; tier=cluster-hot");
    }

    private static async Task<string> TokenAsync(HomelabProcess hub)
    {
        var made = await hub.CommandAsync("join-token");
        Assert.True(made.ExitCode == 0, $"{made}");
        Assert.Matches("^hl_join_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}\n$", made.Output);
        return made.Output.Trim();
    }

    /// <summary>The id of the only machine, once it is live.</summary>
    private static async Task<string> LiveAsync(HomelabProcess hub)
    {
        var nodes = await Eventually.BecomesAsync("homelab nodes", "one that is live", NodesAsync, n => n.GetArrayLength() == 1 && n[0].GetProperty("state").GetString() == "live");
        return nodes[0].GetProperty("id").GetString()!;

        async Task<JsonElement> NodesAsync() => (await hub.CommandAsync("nodes", "--output", "json")).ParseJson();
    }

    private static async Task<string> NamesAsync(HomelabProcess hub) =>
        string.Join(", ", (await hub.Http.GetFromJsonAsync<JsonElement>("homelab/v1/nodes")).EnumerateArray().Where(n => n.GetProperty("state").GetString() == "live").Select(n => n.GetProperty("name").GetString()));

    private static Task LinkIsAsync(HomelabProcess daemon, string state) =>
        Eventually.BecomesAsync("the hub in GET /homelab/v1/status", state, daemon.StatusAsync, s => s.GetProperty("hub").GetProperty("state").GetString() == state);

    private static async Task<(int Status, string Code)> CodeAsync(HomelabProcess process, string model)
    {
        var reply = await process.AskAsync(model);
        return (reply.Status, reply.Code);
    }
}
