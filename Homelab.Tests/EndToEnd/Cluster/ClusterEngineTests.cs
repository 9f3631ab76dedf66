using Homelab.Tests.EndToEnd.Engines;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>A cluster before Ollama, the fake and the real one: through the machine's daemon, and straight to an engine that is exposed.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterEngineTests(RealOllamaModels models)
{
    private static readonly ClusterNode Laptop = ClusterNode.Simulated("laptop", "4GiB", """{ name: "little:1b", size: 1GiB }""");

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Laptop_answers_for_a_model_that_only_another_machine_has_and_it_is_loaded_once(EngineKind kind)
    {
        await using var engine = await StartEngineAsync(kind);
        await using var cluster = await TestCluster.StartAsync(Tower(engine), Laptop);
        foreach (var process in (HomelabProcess[])[cluster["laptop"], cluster.Hub, cluster["tower"]])
        {
            using var answer = await process.PostAsync("v1/chat/completions", Chat(First));
            Assert.True(answer.IsSuccessStatusCode, $"{await answer.Content.ReadAsStringAsync()}\n{cluster.Log}");
            Assert.StartsWith("node=tower; ", answer.Headers.GetValues("x-homelab-route").Single(), StringComparison.Ordinal);
            using var stream = await process.PostAsync("v1/chat/completions", Chat(First, stream: true));
            Assert.EndsWith("data: [DONE]\n\n", await stream.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using var numbers = await process.PostAsync("v1/embeddings", $$"""{"model":"{{Embedder}}","input":["a cat","a dog"]}""");
            Assert.True(numbers.IsSuccessStatusCode, await numbers.Content.ReadAsStringAsync());
            using var native = await process.PostAsync("api/generate", $$$"""{"model":"{{{First}}}","prompt":"hi","stream":false,"options":{"num_ctx":512,"num_predict":4},"keep_alive":"1s"}""");
            Assert.True(native.IsSuccessStatusCode, await native.Content.ReadAsStringAsync());
        }

        Assert.Equal(2, engine.Starts);
        await cluster.HasHotAsync("tower", Embedder, First);
        await cluster.IsIdleAsync();
    }

    [Theory]
    [FakeEngine]
    [RealEngine]
    public async Task Exposed_engine_is_asked_straight_and_its_machine_evicts_nothing_that_is_read_there(EngineKind kind)
    {
        await using var engine = await StartEngineAsync(kind);
        await using var cluster = await TestCluster.StartAsync(Tower(engine, "expose: true, "), Laptop);
        Assert.Contains("open on the network", (await cluster.Hub.CommandAsync("status")).Output, StringComparison.Ordinal);
        await cluster.LoadAsync(First, "tower");
        var hold = engine.HoldTokens();
        using var straight = await cluster.Hub.PostAsync("v1/chat/completions", Chat(First, stream: true, tokens: 100_000), stream: true);
        Assert.StartsWith("node=tower; tier=cluster-hot; ", straight.Headers.GetValues("x-homelab-route").Single(), StringComparison.Ordinal);
        await hold.ReachedAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        // The daemon saw nothing of the request and knows of it all the same.
        await cluster.BecomesAsync("GET /homelab/v1/status of tower", "one lease", cluster["tower"].StatusAsync, s => s.GetProperty("leases").GetInt32() == 1);
        Assert.DoesNotContain(First, await cluster["tower"].Http.GetStringAsync(new Uri("homelab/v1/usage", UriKind.Relative)), StringComparison.Ordinal);
        var second = cluster["laptop"].PostAsync("v1/chat/completions", Chat(Second));
        await cluster.BecomesAsync("GET /homelab/v1/status of tower", "a waiter", cluster["tower"].StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 1);
        Assert.Equal([First], await engine.LoadedAsync());
        Assert.False(second.IsCompleted);
        straight.Dispose();
        hold.Release();
        using var served = await second.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        Assert.True(served.IsSuccessStatusCode, $"{await served.Content.ReadAsStringAsync()}\n{cluster.Log}");
        Assert.Equal([Second], await engine.LoadedAsync());
        Assert.Equal(2, engine.Starts);
        await cluster.IsIdleAsync();
    }

    private static ClusterNode Tower(ITestEngine engine, string more = "") =>
        new("tower", "daemon:\n" + engine.Configuration.Replace("manage: never", more + "manage: never", StringComparison.Ordinal) + "\n");

    private async Task<ITestEngine> StartEngineAsync(EngineKind kind) => kind == EngineKind.Real ? await RealTestEngine.StartAsync(models) : await FakeTestEngine.StartAsync();
}
