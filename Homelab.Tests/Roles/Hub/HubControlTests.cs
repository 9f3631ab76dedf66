using System.Net;
using System.Text.Json;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>What the hub's control API shows and does.</summary>
public sealed class HubControlTests
{
    [Fact]
    public async Task The_status_counts_the_cluster_and_warns_of_what_is_open_or_out_of_reach()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b", leases: 2));
        await hub.NodeAsync("b", n => n.ExposedEngine = "http://192.168.1.30:11434");
        var far = await hub.NodeAsync("c", n => n.LoopbackOnly = true);
        (await far.SendAsync(far.Next() with { Port = 0 })).Dispose();

        var status = await hub.StatusAsync();

        Assert.Equal(("hub", 3, 1, 2), (status.Role, status.NodesLive, status.ModelsHot, status.Leases));
        Assert.Contains(status.Warnings!, w => w.Contains("the engine of b is open on the network", StringComparison.Ordinal));
        Assert.Contains(status.Warnings!, w => w.Contains("c listens on its own loopback only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_shows_every_candidate_with_its_terms_and_changes_nothing()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.Queue.MaxWaiting = 5);
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b", leases: 4, capacity: 4));
        await hub.NodeAsync("b", n => n.Has("qwen3:8b", loadSeconds: 2));
        await hub.NodeAsync("c");

        var explained = await hub.GetAsync(ControlRoutes.Explain + "?model=qwen3:8b", ContractsJson.Default.ExplainWire);

        Assert.Equal(["a", "b", "c"], explained.Candidates.Select(c => c.Node).Order(StringComparer.Ordinal));
        Assert.Equal(explained.Candidates[0].Node, explained.Chosen);
        Assert.Equal("not_installed", explained.Candidates.Single(c => c.Node == "c").Decision);
        Assert.True(explained.Candidates.Single(c => c.Node == "a").Cost!.QueueSeconds > 0);
        Assert.True(explained.Candidates.Single(c => c.Node == "b").Cost!.LoadSeconds > 0);
        Assert.Equal(0, (await hub.StatusAsync()).QueueDepth);
        Assert.DoesNotContain("placement.load", (await hub.EventsAsync()).Select(e => e.Type));
    }

    [Fact]
    public async Task Explain_of_what_nobody_has_is_404_and_without_a_model_400()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a");

        Assert.Equal(HttpStatusCode.NotFound, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, ControlRoutes.Explain + "?model=nobody"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, ControlRoutes.Explain))).Status);
    }

    [Fact]
    public async Task Explain_of_a_ranked_alias_chooses_among_what_the_key_may_use()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Models.Add(new Homelab.Configuration.ModelConfig { Alias = "coder", Of = ["big:70b", "small:8b"] }));
        await hub.NodeAsync("a", n => n.Holds("big:70b", 10).Holds("small:8b", 5));
        var key = await hub.KeyAsync("n8n", ["small:*"]);

        Assert.Equal("small:8b", (await hub.GetAsync(ControlRoutes.Explain + "?model=coder", ContractsJson.Default.ExplainWire, key)).Model);
        Assert.Equal("big:70b", (await hub.GetAsync(ControlRoutes.Explain + "?model=coder", ContractsJson.Default.ExplainWire)).Model);
    }

    [Fact]
    public async Task The_lists_show_models_by_name_aliases_after_them_and_what_is_loaded()
    {
        await using var hub = await HubFixture.StartAsync(c =>
        {
            c.Models.Add(new Homelab.Configuration.ModelConfig { Alias = "coder", Of = ["nowhere:1b", "qwen3:8b"] });
            c.Models.Add(new Homelab.Configuration.ModelConfig { Name = "gemma3:4b", Aliases = ["fast"] });
        });
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b").Has("gemma3:4b", aliases: ["gpt-4o-mini"]));
        await hub.NodeAsync("b", n => n.Has("qwen3:8b", aliases: ["gemma3:4b"]));
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        using var list = JsonDocument.Parse(await hub.TextAsync("/v1/models"));
        Assert.Equal(["gemma3:4b", "qwen3:8b", "coder", "fast", "gpt-4o-mini"], list.RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        using var tags = JsonDocument.Parse(await hub.TextAsync("/api/tags"));
        Assert.All(tags.RootElement.GetProperty("models").EnumerateArray(), m => Assert.True(m.TryGetProperty("digest", out _)));
        using var loaded = JsonDocument.Parse(await hub.TextAsync("/api/ps"));
        var entry = Assert.Single(loaded.RootElement.GetProperty("models").EnumerateArray());
        Assert.Equal(("qwen3:8b", 6 * ScriptedNode.Gibibyte, 8192), (entry.GetProperty("name").GetString(), entry.GetProperty("size_vram").GetInt64(), entry.GetProperty("context_length").GetInt32()));
        Assert.EndsWith("Z", entry.GetProperty("expires_at").GetString());
        var models = await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire);
        Assert.Equal(["gemma3:4b on_disk a:on_disk [fast gpt-4o-mini]", "qwen3:8b hot a:hot b:on_disk [coder]"], models.Select(m => $"{m.Name} {m.State} {string.Join(' ', m.Nodes.Select(n => $"{n.Name}:{n.State}"))} [{string.Join(' ', m.Aliases)}]"));
    }

    [Fact]
    public async Task A_name_of_a_model_goes_before_a_nodes_alias()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        a.Models[0] = a.Models[0] with { Aliases = ["gemma3:4b", "chat"] };
        a.Digest = "digest-2";
        await a.ReportAsync();
        var b = await hub.NodeAsync("b", n => n.Holds("gemma3:4b"));
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        (await hub.ChatAsync("gemma3:4b")).Dispose();
        (await hub.ChatAsync("chat")).Dispose();

        Assert.Single(b.Surface.Requests);
        Assert.Contains("qwen3:8b", Assert.Single(a.Surface.Requests).Text);
    }

    [Fact]
    public async Task Commands_go_to_the_node_that_is_named_and_end_with_its_words()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        var b = await hub.NodeAsync("b", n => n.Has("qwen3:8b"));
        a.Serve();
        b.Serve();

        var loaded = JsonSerializer.Deserialize(await BodyAsync(hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, """{"model":"qwen3:8b","node":"b"}""")), ContractsJson.Default.ModelCommandResultWire)!;
        Assert.Equal(("qwen3:8b", "b", "hot"), (loaded.Model, loaded.Node, loaded.State));
        Assert.Empty(a.Commands);
        b.OnCommand = c => new CommandResultWire(c.Id, "failed", "model_in_use", "3 requests use it");
        var (status, code, message) = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.UnloadModel, """{"model":"qwen3:8b"}"""));
        Assert.Equal((HttpStatusCode.Conflict, "model_in_use", "3 requests use it"), (status, code, message));
        (status, code, message) = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Delete, ControlRoutes.Models, """{"model":"qwen3:8b"}"""));
        Assert.Equal((HttpStatusCode.Conflict, "several_nodes"), (status, code));
        Assert.Contains("a, b", message);
        Assert.Equal(HttpStatusCode.NotFound, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, """{"model":"qwen3:8b","node":"z"}"""))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, """{"node":"b"}"""))).Status);
    }

    [Fact]
    public async Task A_command_to_a_node_that_is_lost_ends()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        var loading = hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, """{"model":"qwen3:8b"}""");

        await hub.AdvanceUntilAsync("the command ended", TimeSpan.FromSeconds(1), () => Task.FromResult(loading.IsCompleted));

        var (status, code, message) = await HeartbeatTests.ErrorOf(loading);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no_live_nodes"), (status, code));
        Assert.Contains("a is lost", message);
    }

    [Fact]
    public async Task Progress_is_told_line_by_line()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        node.OnCommand = c => new CommandResultWire(c.Id, "running", Progress: new ProgressWire("loading", Fraction: 0.5));
        node.Serve();
        var sending = hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel + "?progress=true", """{"model":"qwen3:8b"}""");
        await hub.AdvanceUntilAsync("the answer began", TimeSpan.FromSeconds(0.5), () => Task.FromResult(sending.IsCompleted));
        using var answer = await sending;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var line = reader.ReadLineAsync();
        await hub.AdvanceUntilAsync("a line came", TimeSpan.FromSeconds(0.5), () => Task.FromResult(line.IsCompleted));

        Assert.Contains("\"fraction\":0.5", await line);
        node.Result(node.Loaded(node.Commands[0]));
        await node.BeatAsync();
        var rest = reader.ReadToEndAsync();
        await hub.AdvanceUntilAsync("the end came", TimeSpan.FromSeconds(0.5), () => Task.FromResult(rest.IsCompleted));
        Assert.Contains("\"done\":true", await rest);
    }

    [Fact]
    public async Task A_removed_node_is_gone_for_good_and_its_models_with_it()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        (await hub.SendAsync(HttpMethod.Delete, "/homelab/v1/nodes/a")).Dispose();
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Empty(await hub.NodesAsync());
        Assert.Empty(await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire));
        Assert.Equal(HttpStatusCode.NotFound, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Delete, "/homelab/v1/nodes/a")));
        await hub.RestartAsync();
        Assert.Empty(await hub.NodesAsync());
        await node.JoinAsync();
        await node.ReportAsync();
        Assert.Equal("live", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task Metrics_have_labels_from_closed_sets_whatever_clients_send()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        for (var i = 0; i < 20; i++)
        {
            (await hub.ChatAsync($"made-up-{i}")).Dispose();
            (await hub.ChatAsync("qwen3:8b", prompt: $"{i}")).Dispose();
        }

        var metrics = await hub.TextAsync("/metrics");

        Assert.DoesNotContain("made-up", metrics);
        Assert.Contains("homelab_nodes{state=\"live\"} 1\n", metrics);
        Assert.Contains("homelab_heartbeats_total{verdict=\"accepted\"} 2\n", metrics);
        var models = metrics.Split('\n').Where(l => l.Contains("model=\"", StringComparison.Ordinal)).Select(l => l.Split("model=\"")[1].Split('"')[0]).Distinct();
        Assert.All(models, m => Assert.Contains(m, new[] { "", "qwen3:8b" }));
    }

    [Fact]
    public async Task Usage_is_counted_by_key_model_and_node_and_outlives_the_hub()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var key = await hub.KeyAsync("n8n");
        (await hub.ChatAsync("qwen3:8b", key)).Dispose();
        (await hub.ChatAsync("qwen3:8b", key)).Dispose();
        (await hub.ChatAsync("nobody-has-this", key)).Dispose();
        await hub.UntilAsync("all are counted", async () => (await RowsAsync(hub)).Sum(r => r.Requests) == 3);

        await hub.RestartAsync();

        var rows = await RowsAsync(hub);
        Assert.Equal(["n8n - - 1 1 0 0", "n8n qwen3:8b a 2 0 6 4"], rows.Select(r => $"{r.Key} {r.Model ?? "-"} {r.Node ?? "-"} {r.Requests} {r.Failed} {r.PromptTokens} {r.CompletionTokens}"));
    }

    [Fact]
    public async Task Usage_since_what_is_no_moment_is_400()
    {
        await using var hub = await HubFixture.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, ControlRoutes.Usage + "?since=yesterday"))).Status);
        Assert.Empty((await hub.GetAsync(ControlRoutes.Usage + "?since=2040-01-01T00:00:00Z", ContractsJson.Default.UsageWire)).Rows);
    }

    [Fact]
    public async Task A_draining_node_that_was_lost_and_is_back_is_in_the_lists_again()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/a/drain")).Dispose();
        await hub.AdvanceUntilAsync("a is lost", TimeSpan.FromSeconds(1), async () => await hub.StateOfAsync("a") == "lost");
        await hub.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire));

        await node.BeatAsync();
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Single(await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire));
    }

    [Fact]
    public async Task Of_two_removals_at_once_both_end_and_the_node_is_gone()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a");

        var statuses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Delete, "/homelab/v1/nodes/a"))));

        Assert.All(statuses, s => Assert.Contains(s, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound }));
        Assert.Empty(await hub.NodesAsync());
    }

    [Fact]
    public async Task A_pull_goes_to_the_node_that_has_the_model_else_to_the_one_with_the_most_room()
    {
        await using var hub = await HubFixture.StartAsync();
        var small = await hub.NodeAsync("small", n => n.Holds("qwen3:8b"));
        var large = await hub.NodeAsync("large", n => n.Memory = 48 * ScriptedNode.Gibibyte);
        small.Surface.Script = large.Surface.Script = (_, reply) => reply.JsonAsync(200, """{"status":"success"}""");
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/api/pull", """{"model":"new:1b"}""")));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/api/pull", """{"model":"qwen3:8b"}""")));
        Assert.Equal(HttpStatusCode.Forbidden, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/api/pull", """{"model":"new:1b"}""", await hub.KeyAsync("n8n"), far: true)));

        Assert.Equal("/api/pull", Assert.Single(large.Surface.Requests).Target);
        Assert.Single(small.Surface.Requests);
    }

    [Fact]
    public async Task An_ollama_unload_becomes_a_command_to_every_node_that_holds_the_model()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var b = await hub.NodeAsync("b", n => n.Has("qwen3:8b"));

        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/api/generate", """{"model":"qwen3:8b","keep_alive":0}""")));

        Assert.Equal("unload", Assert.Single((await a.BeatAsync(hold: 5)).Commands!).Kind);
        Assert.Null((await b.BeatAsync()).Commands);
    }

    [Fact]
    public async Task Events_outlive_the_hub_and_are_resumed_by_id()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a");
        var before = await hub.EventsAsync();
        await hub.RestartAsync();
        await hub.NodeAsync("b");

        var all = await hub.EventsAsync();
        var resumed = await hub.EventsAsync(before[^1].Id);

        Assert.Equal(before.Select(e => e.Id), all.Take(before.Count).Select(e => e.Id));
        Assert.Equal(all.Skip(before.Count).Select(e => e.Id), resumed.Select(e => e.Id));
        Assert.Contains(resumed, e => e is { Type: "node.joined", Node: "b" });
        Assert.Equal(all.Select(e => e.Id).Order(), all.Select(e => e.Id));
    }

    private static async Task<IReadOnlyList<UsageRowWire>> RowsAsync(HubFixture hub) => (await hub.GetAsync(ControlRoutes.Usage, ContractsJson.Default.UsageWire)).Rows;

    private static async Task<string> BodyAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending.WaitAsync(HubFixture.Limit, TimeProvider.System);
        return await answer.Content.ReadAsStringAsync();
    }
}
