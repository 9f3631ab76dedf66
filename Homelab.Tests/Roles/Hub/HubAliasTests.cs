using System.Net;
using System.Text.Json;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Names that administrators give to models while the hub runs.</summary>
public sealed class HubAliasTests
{
    private const string Model = "qwen3:8b";

    [Fact]
    public async Task A_name_that_was_set_leads_to_its_models_in_every_list_and_outlives_the_hub()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds(Model));
        var before = (await node.BeatAsync()).ModelsVersion;

        Assert.Equal("Coder big:70b,qwen3:8b set", await SetAsync(hub, "Coder", "big:70b", Model, Model));
        Assert.True((await node.BeatAsync()).ModelsVersion > before);
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("coder")));
        Assert.Contains("\"Coder\"", await hub.TextAsync("/v1/models"));
        Assert.Equal(["Coder"], Assert.Single(await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire)).Aliases);

        await hub.RestartAsync();
        await node.ReportAsync();

        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("CODER")));
        Assert.Equal("Coder", Assert.Single(await hub.GetAsync(ControlRoutes.Aliases, ContractsJson.Default.IReadOnlyListAliasWire)).Alias);
        Assert.Equal(["alias.set Coder is another name of big:70b and qwen3:8b"], (await hub.EventsAsync()).Where(e => e.Type.StartsWith("alias", StringComparison.Ordinal)).Select(e => $"{e.Type} {e.Message}"));
    }

    [Fact]
    public async Task A_name_that_was_taken_back_is_none_any_more()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds(Model));
        await SetAsync(hub, "coder", Model);

        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Delete, ControlRoutes.Aliases + "/Coder")));
        Assert.Equal(HttpStatusCode.NotFound, await HeartbeatTests.StatusOf(hub.ChatAsync("coder")));
        Assert.Equal((HttpStatusCode.NotFound, "alias_not_found"), await CodeOf(hub.SendAsync(HttpMethod.Delete, ControlRoutes.Aliases + "/coder")));
        await hub.RestartAsync();
        Assert.Empty(await hub.GetAsync(ControlRoutes.Aliases, ContractsJson.Default.IReadOnlyListAliasWire));
    }

    [Fact]
    public async Task What_the_configuration_says_is_changed_there_only()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Models.Add(new ModelConfig { Alias = "coder", Of = [Model] }));
        await hub.NodeAsync("a", n => n.Holds(Model));

        Assert.Equal((HttpStatusCode.Conflict, "alias_taken"), await CodeOf(PutAsync(hub, "Coder", "other:1b")));
        Assert.Equal((HttpStatusCode.Conflict, "alias_taken"), await CodeOf(hub.SendAsync(HttpMethod.Delete, ControlRoutes.Aliases + "/coder")));
        Assert.Equal("configuration", Assert.Single(await hub.GetAsync(ControlRoutes.Aliases, ContractsJson.Default.IReadOnlyListAliasWire)).From);
    }

    [Theory]
    [InlineData("qwen3:8b", 409, "other:1b")]
    [InlineData("coder", 400)]
    [InlineData("coder", 400, "two words")]
    [InlineData("coder", 400, "coder")]
    [InlineData("coder", 400, "chat")]
    [InlineData("two words", 400, "other:1b")]
    public async Task A_name_that_would_hide_a_model_or_lead_nowhere_is_refused(string name, int status, params string[] of)
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds(Model));
        await SetAsync(hub, "chat", Model);

        Assert.Equal(status, (int)await HeartbeatTests.StatusOf(PutAsync(hub, name, of)));
        Assert.Single(await hub.GetAsync(ControlRoutes.Aliases, ContractsJson.Default.IReadOnlyListAliasWire));
    }

    [Fact]
    public async Task Names_are_bounded_in_number()
    {
        await using var hub = await HubFixture.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, await HeartbeatTests.StatusOf(PutAsync(hub, "long", [.. Enumerable.Range(0, 33).Select(i => $"m{i}:1b")])));
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(PutAsync(hub, $"alias-{i}", Model)));
        }

        Assert.Equal((HttpStatusCode.Conflict, "too_many_aliases"), await CodeOf(PutAsync(hub, "one-more", Model)));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(PutAsync(hub, "alias-7", "other:1b")));
    }

    [Fact]
    public async Task A_key_with_a_list_of_models_sees_only_names_of_those()
    {
        await using var hub = await HubFixture.StartAsync();
        await SetAsync(hub, "mine", Model, "secret:1b");
        await SetAsync(hub, "theirs", "secret:1b");
        var key = await hub.KeyAsync("n8n", ["qwen3*"]);

        var seen = Assert.Single(await hub.GetAsync(ControlRoutes.Aliases, ContractsJson.Default.IReadOnlyListAliasWire, key));
        Assert.Equal(("mine", Model), (seen.Alias, Assert.Single(seen.Of)));
        Assert.Equal(HttpStatusCode.Forbidden, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Put, ControlRoutes.Aliases + "/x", $$"""{"of":["{{Model}}"]}""", key, far: true)));
    }

    private static Task<HttpResponseMessage> PutAsync(HubFixture hub, string name, params string[] of) =>
        hub.SendAsync(HttpMethod.Put, ControlRoutes.Aliases + "/" + Uri.EscapeDataString(name), JsonSerializer.Serialize(new AliasRequestWire(of), ContractsJson.Default.AliasRequestWire));

    private static async Task<string> SetAsync(HubFixture hub, string name, params string[] of)
    {
        using var answer = await PutAsync(hub, name, of);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        var alias = JsonSerializer.Deserialize(body, ContractsJson.Default.AliasWire)!;
        return $"{alias.Alias} {string.Join(',', alias.Of)} {alias.From}";
    }

    private static async Task<(HttpStatusCode Status, string Code)> CodeOf(Task<HttpResponseMessage> sending)
    {
        var (status, code, _) = await HeartbeatTests.ErrorOf(sending);
        return (status, code);
    }
}
