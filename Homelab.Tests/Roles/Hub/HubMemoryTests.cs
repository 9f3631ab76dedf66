using System.Net;
using System.Text.Json;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>What a hub remembers of machines, what it waits for before it says that there is nothing, and what it shows to whom.</summary>
public sealed class HubMemoryTests
{
    private const string Model = "qwen3:8b";

    [Fact]
    public async Task What_was_measured_on_a_machine_counts_after_a_restart_of_the_hub_for_a_model_that_is_not_in_memory()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds(Model));
        node.Replicas[0] = node.Replicas[0] with { ServiceSeconds = 2, PrefillTokensPerSecond = 0.1 };
        await node.BeatAsync();
        node.Replicas.Clear();
        await node.BeatAsync();
        var before = await PrefillAsync(hub);

        await hub.RestartAsync();
        await node.ReportAsync();

        Assert.Equal(10, before, precision: 3);
        Assert.Equal(before, await PrefillAsync(hub), precision: 3);
    }

    [Fact]
    public async Task A_machine_that_was_removed_and_joins_again_is_measured_anew()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds(Model));
        node.Replicas[0] = node.Replicas[0] with { PrefillTokensPerSecond = 0.1 };
        await node.BeatAsync();
        (await hub.SendAsync(HttpMethod.Delete, ControlRoutes.Nodes + "/a")).Dispose();
        await hub.RestartAsync();

        node.BootId = "second";
        node.Replicas.Clear();
        await node.JoinAsync();
        await node.ReportAsync();

        Assert.True(await PrefillAsync(hub) < 1);
    }

    [Fact]
    public async Task An_order_to_load_waits_for_the_list_of_a_machine_that_has_just_come()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("another:1b"));
        var late = new ScriptedNode(hub, "b");
        await using var end = late;
        late.Has(Model);
        await late.JoinAsync();
        await late.BeatAsync();
        var loading = hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, $$"""{"model":"{{Model}}","node":"b"}""");
        hub.Time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.False(loading.IsCompleted);

        late.Serve();
        await hub.AdvanceUntilAsync("it is loaded", TimeSpan.FromMilliseconds(100), () => Task.FromResult(loading.IsCompleted));

        using var answer = await loading;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("b", JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ContractsJson.Default.ModelCommandResultWire)!.Node);
        Assert.Empty(node.Commands);
    }

    [Fact]
    public async Task An_order_to_a_machine_that_lacks_the_model_names_that_machine()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Has(Model));
        await hub.NodeAsync("b", n => n.Has("another:1b"));
        hub.Time.Advance(TimeSpan.FromMinutes(1));
        foreach (var node in hub.Nodes)
        {
            await node.BeatAsync();
        }

        var (status, code, message) = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, $$"""{"model":"{{Model}}","node":"b"}"""));

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found", $"model '{Model}' is not installed on b; run: homelab models pull {Model} --node b"), (status, code, message));
    }

    [Fact]
    public async Task A_key_with_a_list_of_models_is_shown_no_others()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds(Model));
        node.Holds("secret:1b");
        node.Digest = "digest-2";
        await node.ReportAsync();
        node.Replicas.RemoveAll(r => r.Model == "secret:1b");
        node.Holds("another:3b", 2);
        await node.BeatAsync();
        var key = await hub.KeyAsync("n8n", ["qwen3*"]);
        var shown = await hub.GetAsync(ControlRoutes.Nodes, ContractsJson.Default.IReadOnlyListNodeWire, key);
        using var events = await hub.SendAsync(HttpMethod.Get, ControlRoutes.Events + "?follow=false", key: key, far: true);
        var told = await events.Content.ReadAsStringAsync();

        Assert.Equal([Model], Assert.Single(shown).Replicas.Select(r => r.Model));
        Assert.Contains("node.joined", told);
        Assert.DoesNotContain("secret", told + await hub.TextAsync("/v1/models", key));
        Assert.DoesNotContain("another", told);
        Assert.Contains(await hub.EventsAsync(), e => e.Model == "secret:1b");
        Assert.Equal([Model], (await hub.GetAsync(ControlRoutes.Nodes + "/a", ContractsJson.Default.NodeWire, key)).Replicas.Select(r => r.Model));
    }

    private static async Task<double> PrefillAsync(HubFixture hub)
    {
        using var explained = JsonDocument.Parse(await hub.TextAsync(ControlRoutes.Explain + "?model=" + Model));
        return explained.RootElement.GetProperty("candidates")[0].GetProperty("cost").GetProperty("prefill_seconds").GetDouble();
    }
}
