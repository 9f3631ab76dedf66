using System.Text;
using Homelab.Domain.Models;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>What machines believe of each other, and that no secret of theirs is ever seen.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterTrustTests
{
    private const string Big = "big:13b";
    private const string Small = "small:1b";

    [ExecutableFact]
    public async Task Acceptance_32_request_that_comes_round_again_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(
            ClusterNode.Simulated("tower", "24GiB", """{ name: "big:13b", size: 8GiB }"""),
            ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }"""));
        var credential = ClusterCommandTests.CredentialOf(cluster["laptop"]);

        // As the laptop delegates: once is the rule, twice is a loop.
        var once = await cluster.Hub.AskAsync(Big, headers: [("Authorization", "Bearer " + credential), ("x-homelab-hops", "1")]);
        Assert.True(once.Status == 200, $"{once}");
        foreach (var hops in (string[])["2", "3", "99999999999", "x"])
        {
            var twice = await cluster.Hub.AskAsync(Big, headers: [("Authorization", "Bearer " + credential), ("x-homelab-hops", hops)]);
            Assert.Equal((508, "loop_detected", "false"), (twice.Status, twice.Code, twice.ShouldRetry));
        }

        // What only the laptop has is never sent back to it.
        var back = await cluster.Hub.AskAsync(Small, headers: [("Authorization", "Bearer " + credential), ("x-homelab-hops", "1")]);
        Assert.True(back.Status is 404 or 503, $"{back}");
        Assert.Equal(0, (await cluster["laptop"].StatusAsync()).GetProperty("models_hot").GetInt32());
    }

    [ExecutableFact]
    public async Task Acceptance_32_daemon_that_lists_another_daemon_as_its_hub_says_so_and_loops_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(ClusterNode.Simulated("tower", "24GiB", """{ name: "big:13b", size: 8GiB }"""));
        await using var misled = await HomelabProcess.StartAsync($$"""
            node: { name: misled }
            daemon:
              hub: "{{cluster["tower"].Url}}"
              join_token: hl_join_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
              engines: { simulated: { enabled: true, models: [ { name: "small:1b", size: 1GiB } ] } }
            """);
        var status = await Eventually.BecomesAsync("the hub in GET /homelab/v1/status", "refused", misled.StatusAsync, s => s.GetProperty("hub").GetProperty("state").GetString() == "refused");
        Assert.Contains("is not a hub", status.GetProperty("hub").GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await misled.AskAsync(Small)).Status);
        var refused = await misled.AskAsync(Big);
        Assert.Equal((503, "hub_unreachable"), (refused.Status, refused.Code));
    }

    [ExecutableFact]
    public async Task Model_that_went_away_behind_the_hubs_back_is_refused_in_one_round_and_no_other_machine_is_asked()
    {
        await using var engine = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(24), Models = [], Catalogue = [] });
        engine.Install(Big, ByteSize.FromGibibytes(8));
        await using var cluster = await TestCluster.StartAsync(ClusterNode.Before("tower", engine), ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }"""));
        using var deletion = new HttpRequestMessage(HttpMethod.Delete, "api/delete") { Content = new StringContent("""{"model":"big:13b"}""") };
        using var deleted = await engine.Http.SendAsync(deletion);
        Assert.True(deleted.IsSuccessStatusCode);
        foreach (var process in (HomelabProcess[])[cluster["laptop"], cluster.Hub])
        {
            var gone = await process.AskAsync(Big);
            Assert.Equal((404, "model_not_found"), (gone.Status, gone.Code));
            Assert.InRange(gone.Took.TotalSeconds, 0, 10);
        }
    }

    [ExecutableFact]
    public async Task Acceptance_41_secrets_of_a_cluster_are_in_no_log_list_event_process_list_or_engine_request()
    {
        await using var engine = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(24), Models = [], Catalogue = [] });
        engine.Install(Big, ByteSize.FromGibibytes(8));
        await using var cluster = await TestCluster.StartAsync(ClusterNode.Before("tower", engine), ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }"""));
        var token = await cluster.MakeTokenAsync();
        var service = (await cluster.Hub.CommandAsync("keys", "add", "n8n")).Output.Trim();
        var admin = cluster.Hub.Log.Split("shown this once: ")[1].Split('\n')[0].Trim();
        var secrets = new List<string> { token, service, admin, ClusterCommandTests.CredentialOf(cluster["tower"]), ClusterCommandTests.CredentialOf(cluster["laptop"]) };
        Assert.All(secrets, s => Assert.Matches("^hl_(join|key|admin|node)_", s));
        var tails = secrets.ConvertAll(s => s[^32..]);

        // Things that make everyone write: good and bad requests, a machine that goes and comes back, a hub that does.
        Assert.Equal(200, (await cluster["laptop"].AskAsync(Big, headers: ("Authorization", "Bearer " + service))).Status);
        Assert.Equal(200, (await cluster.Hub.AskAsync(Big, headers: ("Authorization", "Bearer " + service))).Status);
        foreach (var secret in secrets)
        {
            foreach (var path in (string[])["v1/chat/completions", "homelab/v1/nodes/heartbeat", "homelab/v1/nothing", "v1/messages"])
            {
                var reply = await cluster.Hub.SendAsync(path, $$"""{"model":"{{secret}}"}""", ("Authorization", "Bearer " + secret), ("X-Forwarded-For", "203.0.113.9"));
                AssertClean("an answer's head", reply.Route);
            }
        }

        foreach (var process in cluster.Nodes.Values.Prepend(cluster.Hub))
        {
            foreach (var path in (string[])["metrics", "homelab/v1/status", "homelab/v1/usage", "homelab/v1/nodes", "homelab/v1/models", "homelab/v1/explain?model=big:13b", "v1/models", "api/tags"])
            {
                AssertClean(path, await process.Http.GetStringAsync(new Uri(path, UriKind.Relative)));
            }

            foreach (var arguments in (string[][])[["status"], ["nodes"], ["config", "show"], ["doctor"], ["events"]])
            {
                AssertClean(string.Join(' ', arguments), (await process.CommandAsync(arguments)).ToString());
            }

            if (OperatingSystem.IsLinux())
            {
                AssertClean("the process list", await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline"));
            }
        }

        AssertClean("homelab keys", (await cluster.Hub.CommandAsync("keys")).ToString());
        Assert.All(engine.Requests, r =>
        {
            AssertClean("a request to the engine", r.Path + r.Query + r.Text + string.Join(' ', r.Headers.Select(h => h.Key + h.Value)));
            Assert.DoesNotContain(r.Headers.Keys, h => h.StartsWith("x-homelab-", StringComparison.OrdinalIgnoreCase) || h.Equals("Authorization", StringComparison.OrdinalIgnoreCase));
        });
        await cluster.Hub.CrashAndRestartAsync();
        await cluster.KnowsItselfAsync();
        foreach (var process in cluster.Nodes.Values.Append(cluster.Hub))
        {
            process.Terminate();
            Assert.Equal(0, await process.ExitAsync());
            AssertClean("the output", process.Log.Replace(admin, "", StringComparison.Ordinal));
            Assert.DoesNotContain("hl_hub_", process.Log, StringComparison.Ordinal);
            foreach (var file in Directory.GetFiles(process.Home.Path, "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith("hubs.json", StringComparison.Ordinal)))
            {
                AssertClean(file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
            }
        }

        void AssertClean(string what, string text)
        {
            foreach (var tail in tails)
            {
                Assert.False(text.Contains(tail, StringComparison.Ordinal), $"{what} holds a secret: {text}");
            }

            Assert.DoesNotContain("hl_hub_", text, StringComparison.Ordinal);
        }
    }

    [ExecutableFact]
    public async Task Machine_speaks_for_itself_only_and_repeats_change_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(
            ClusterNode.Simulated("tower", "24GiB", """{ name: "big:13b", size: 8GiB }"""),
            ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }"""));
        var tower = (await cluster.FindAsync("tower"))!.Value.GetProperty("id").GetString()!;
        var laptop = (await cluster.FindAsync("laptop"))!.Value.GetProperty("id").GetString()!;
        var credential = ("Authorization", "Bearer " + ClusterCommandTests.CredentialOf(cluster["laptop"]));
        Assert.Equal(403, (await BeatAsync(tower, "leaving", credential)).Status);
        Assert.Equal(401, (await BeatAsync(tower, "leaving")).Status);
        Assert.Equal(401, (await BeatAsync(laptop, "leaving", ("Authorization", "Bearer hl_node_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"))).Status);
        Assert.Equal(400, (await cluster.Hub.SendAsync("homelab/v1/nodes/heartbeat", $$"""{"node_id":"{{laptop}}"}""", credential)).Status);
        Assert.Equal(413, (await cluster.Hub.SendAsync("homelab/v1/nodes/heartbeat", new string(' ', 10_000_000), credential)).Status);
        await cluster.KnowsItselfAsync();

        Task<Reply> BeatAsync(string node, string state, params (string, string)[] headers) => cluster.Hub.SendAsync(
            "homelab/v1/nodes/heartbeat",
            $$"""
            {"protocol":1,"node_id":"{{node}}","name":"forged","boot_id":"forged","sequence":1,"epoch_seen":0,"hold_seconds":0,"version":"1","state":"{{state}}","access_key":"x","port":9,
            "engine":{"name":"ollama","state":"up","simulated":false},"devices":[],"largest_budget_bytes":0,"queue_depth":0,"labels":{},"capabilities":[],"replicas":[],"inventory_digest":"x","results":[]}
            """,
            headers);
    }
}
