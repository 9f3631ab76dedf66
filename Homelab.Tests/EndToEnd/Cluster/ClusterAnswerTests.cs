using Homelab.Domain.Models;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Every row of the table of answers (DESIGN section 5) that a cluster can come to, at the hub and at a machine that does not have the model itself.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterAnswerTests
{
    private const string First = "first:8b";
    private const string Second = "second:13b";
    private const string Huge = "huge:70b";

    private static readonly ClusterNode Laptop = ClusterNode.Simulated("laptop", "4GiB", """{ name: "small:1b", size: 1GiB }""", more: "  max_body: 1MiB\n  api_keys: [ sk-of-the-laptop ]");

    private static readonly (string, string) Proxied = ("X-Forwarded-For", "203.0.113.9");

    [ExecutableFact]
    public async Task Hot_model_is_routed_at_once_and_one_on_disk_is_loaded_once_and_then_routed()
    {
        await using var engine = await EngineAsync();
        await using var cluster = await TestCluster.StartAsync(ClusterNode.Before("tower", engine), Laptop, ClusterNode.Simulated("attic", "8GiB", """{ name: "other:1b", size: 1GiB }"""));
        var hold = engine.Faults.HoldLoads();
        var asked = new[] { cluster.Hub, cluster["laptop"], cluster.Hub, cluster["laptop"] }.Select(p => p.AskAsync(First)).ToList();
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        hold.Release();
        foreach (var (reply, tier) in (await Task.WhenAll(asked)).Zip((string[])["cluster-cold", "hub", "cluster-cold", "hub"]))
        {
            Assert.True(reply.Status == 200, $"{reply}\n{cluster.Log}");
            Assert.StartsWith($"node=tower; tier={tier}; ", reply.Route, StringComparison.Ordinal);
        }

        Assert.Equal(1, engine.Counts.Loads);
        await cluster.HasHotAsync("tower", First);
        Assert.StartsWith("node=tower; tier=cluster-hot; ", (await cluster.Hub.AskAsync(First)).Route, StringComparison.Ordinal);
        Assert.StartsWith("node=tower; tier=hub; ", (await cluster["laptop"].AskAsync(First)).Route, StringComparison.Ordinal);
        Assert.Equal(1, engine.Counts.Loads);
    }

    [ExecutableFact]
    public async Task Requests_that_cannot_be_served_are_refused_with_the_reason_and_what_to_do()
    {
        await using var engine = await EngineAsync();
        await using var cluster = await TestCluster.StartAsync(TestCluster.Pace + "  max_body: 1MiB\n", ClusterNode.Before("tower", engine), Laptop);
        var key = (await cluster.Hub.CommandAsync("keys", "add", "scoped", "--models", "second*")).Output.Trim();
        foreach (var process in (HomelabProcess[])[cluster.Hub, cluster["laptop"]])
        {
            await RefusesAsync(process, "nowhere:1b", 404, "model_not_found", "false", "on any");
            await RefusesAsync(process, Huge, 400, "model_too_large", "false", "tower");
            await RefusesAsync(process, First, 401, "invalid_api_key", "false", "key", Proxied, ("Authorization", "Bearer sk-wrong-key-0000"));
            var body = await process.SendAsync("v1/chat/completions", """{"model":"first:8b","Model":"second:13b"}""");
            Assert.Equal((400, "invalid_request"), (body.Status, body.Code));
            var json = await process.SendAsync("v1/chat/completions", """{"model":""");
            Assert.Equal((400, "invalid_json"), (json.Status, json.Code));
            var size = await process.SendAsync("v1/chat/completions", Asking.Body(First, stream: false, new string('x', 1_100_000)));
            Assert.Equal((413, "body_too_large"), (size.Status, size.Code));
        }

        await RefusesAsync(cluster.Hub, First, 403, "insufficient_permissions", "false", "scoped", Proxied, ("Authorization", "Bearer " + key));
        Assert.Equal(0, engine.Counts.Loads);

        // Whoever has the model takes nothing new.
        Assert.Equal(0, (await cluster.Hub.CommandAsync("nodes", "drain", "tower")).ExitCode);
        await RefusesAsync(cluster.Hub, First, 503, "no_live_nodes", "false", "tower");
        await RefusesAsync(cluster["laptop"], First, 503, "no_live_nodes", "false", "tower");
        Assert.Equal(200, (await cluster["laptop"].AskAsync("small:1b")).Status);
    }

    [ExecutableFact]
    public async Task Room_that_others_hold_is_waited_for_in_a_bounded_queue_and_not_for_ever()
    {
        await using var engine = await EngineAsync();
        await using var cluster = await TestCluster.StartAsync(ClusterNode.Before("tower", engine, "  queue: { max_waiting: 2, max_wait: 3s, max_hold: 1s }"), Laptop);
        await cluster.LoadAsync(First, "tower");
        var hold = engine.Faults.HoldTokensAt(3);
        using var running = await ClientStream.OpenAsync(cluster.Hub, First);
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        var waiting = new[] { cluster.Hub.AskAsync(Second), cluster["laptop"].AskAsync(Second) };
        await Eventually.BecomesAsync("the queue of tower", "two waiters", cluster["tower"].StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 2);
        foreach (var process in (HomelabProcess[])[cluster.Hub, cluster["laptop"]])
        {
            var full = await process.AskAsync(Second);
            Assert.Equal((429, "queue_full"), (full.Status, full.Code));
            Assert.InRange(int.Parse(full.RetryAfter, System.Globalization.CultureInfo.InvariantCulture), 5, 30);
        }

        foreach (var late in await Task.WhenAll(waiting))
        {
            Assert.Equal((503, "capacity_timeout"), (late.Status, late.Code));
            Assert.InRange(int.Parse(late.RetryAfter, System.Globalization.CultureInfo.InvariantCulture), 5, 30);
        }

        // Once the room is given back, who waits gets it.
        var last = cluster["laptop"].AskAsync(Second);
        await Eventually.BecomesAsync("the queue of tower", "a waiter", cluster["tower"].StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 1);
        hold.Release();
        Assert.Equal(200, (await last).Status);
        await running.RestAsync();
        Assert.True(running.IsWhole, running.Text);
        await cluster.HasHotAsync("tower", Second);
    }

    [ExecutableFact]
    public async Task Load_that_fails_or_takes_too_long_and_an_engine_that_is_down_are_told_apart()
    {
        await using var engine = await EngineAsync();
        await using var cluster = await TestCluster.StartAsync(ClusterNode.Before("tower", engine, "  load_timeout: 3s"), Laptop);
        engine.Faults.FailNextLoad("llama-server process has terminated: signal: killed");
        var failed = await cluster.Hub.AskAsync(First);
        Assert.Equal((503, "load_failed"), (failed.Status, failed.Code));
        Assert.Contains("signal: killed", failed.Message, StringComparison.Ordinal);
        Assert.Contains("tower", failed.Message, StringComparison.Ordinal);
        var again = await cluster["laptop"].AskAsync(First);
        Assert.Equal((503, "load_failed"), (again.Status, again.Code));
        Assert.Contains("signal: killed", again.Message, StringComparison.Ordinal);

        var hold = engine.Faults.HoldLoads();
        foreach (var late in await Task.WhenAll(cluster["laptop"].AskAsync(Second), cluster.Hub.AskAsync(Second)))
        {
            Assert.Equal((504, "load_timeout"), (late.Status, late.Code));
        }

        hold.Release();
        await engine.GoDownAsync();
        foreach (var process in (HomelabProcess[])[cluster.Hub, cluster["laptop"]])
        {
            var down = await Eventually.BecomesAsync("POST /v1/chat/completions", "502", () => process.AskAsync("third:1b"), r => r.Status == 502);
            Assert.Equal("engine_error", down.Code);
            Assert.Contains("tower", down.Message, StringComparison.Ordinal);
        }

        await engine.ComeBackAsync();
        await cluster.Hub.ServesAsync("third:1b", "node=tower");
        await cluster["laptop"].ServesAsync("third:1b", "node=tower; tier=hub");
    }

    private static async Task RefusesAsync(HomelabProcess process, string model, int status, string code, string shouldRetry, string says, params (string, string)[] headers)
    {
        var reply = await process.AskAsync(model, headers: headers);
        Assert.True((reply.Status, reply.Code, reply.ShouldRetry) == (status, code, shouldRetry), $"{process.Url} {model}: {reply}\n{process.Log}");
        Assert.Contains(says, reply.Message, StringComparison.Ordinal);
    }

    private static async Task<FakeOllama> EngineAsync()
    {
        var engine = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(24), Models = [], Catalogue = [] });
        engine.Install(First, ByteSize.FromGibibytes(10));
        engine.Install(Second, ByteSize.FromGibibytes(14));
        engine.Install(Huge, ByteSize.FromGibibytes(60));
        engine.Install("third:1b", ByteSize.FromGibibytes(1));
        return engine;
    }
}
