using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>How machines get in.</summary>
public sealed class JoinTests
{
    [Fact]
    public async Task A_token_is_good_for_one_machine()
    {
        await using var hub = await HubFixture.StartAsync();
        var token = await hub.JoinTokenAsync();
        Assert.Matches("^hl_join_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}$", token);

        var first = await JoinAsync(hub, token, "a");
        Assert.Matches("^hl_node_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}$", first.Joined!.Credential);
        Assert.Equal(("a", "a"), (first.Joined.NodeId, first.Joined.Name));
        Assert.True(first.Joined.Epoch > 0);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_join_token"), await RefusalAsync(hub, token, "b"));
        Assert.Equal("absent", await hub.StateOfAsync("b"));
    }

    [Fact]
    public async Task Of_fifty_machines_at_once_one_gets_in()
    {
        await using var hub = await HubFixture.StartAsync();
        var token = await hub.JoinTokenAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => JoinAsync(hub, token, $"n{i}")));

        Assert.Single(answers, a => a.Joined is not null);
        Assert.Equal(49, answers.Count(a => a.Status == HttpStatusCode.Unauthorized));
        Assert.Single(await hub.NodesAsync());
        Assert.Single(await KeysAsync(hub), k => k.Kind == "node");
    }

    [Fact]
    public async Task A_token_with_uses_is_good_for_so_many()
    {
        await using var hub = await HubFixture.StartAsync();
        var token = await hub.JoinTokenAsync(uses: 3);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => JoinAsync(hub, token, $"n{i}")));

        Assert.Equal(3, answers.Count(a => a.Joined is not null));
    }

    [Fact]
    public async Task A_token_that_expired_is_no_token()
    {
        await using var hub = await HubFixture.StartAsync();
        var token = await hub.JoinTokenAsync(life: 60);
        hub.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_join_token"), await RefusalAsync(hub, token, "a"));
    }

    [Fact]
    public async Task A_token_survives_a_restart_of_the_hub_and_its_use_does_too()
    {
        await using var hub = await HubFixture.StartAsync();
        var (token, used) = (await hub.JoinTokenAsync(), await hub.JoinTokenAsync());
        await JoinAsync(hub, used, "a");

        await hub.RestartAsync();

        Assert.NotNull((await JoinAsync(hub, token, "b")).Joined);
        Assert.Equal(HttpStatusCode.Unauthorized, (await JoinAsync(hub, used, "c")).Status);
    }

    [Theory]
    [InlineData("hl_join_abcdefgh_00000000000000000000000000000000")]
    [InlineData("nonsense")]
    public async Task A_wrong_token_opens_nothing(string token)
    {
        await using var hub = await HubFixture.StartAsync();

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_join_token"), await RefusalAsync(hub, token, "a"));
    }

    [Fact]
    public async Task No_other_kind_of_key_is_a_token()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        foreach (var key in new[] { hub.AdminKey!, await hub.KeyAsync("n8n"), node.Credential })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await JoinAsync(hub, key, "b")).Status);
        }
    }

    [Fact]
    public async Task A_standing_token_lets_in_as_many_as_come()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.JoinToken = "automation-secret");

        Assert.NotNull((await JoinAsync(hub, "automation-secret", "a")).Joined);
        Assert.NotNull((await JoinAsync(hub, "automation-secret", "b")).Joined);
        Assert.Equal(HttpStatusCode.Unauthorized, (await JoinAsync(hub, "automation-secre", "c")).Status);
    }

    [Fact]
    public async Task Joining_again_takes_the_former_credential_out_of_force()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var former = node.Credential;

        await node.JoinAsync();

        Assert.NotEqual(former, node.Credential);
        Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(node.SendAsync(node.Next(), former)));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(node.SendAsync(node.Next())));
        Assert.Single(await KeysAsync(hub), k => k.Kind == "node");
    }

    [Fact]
    public async Task The_second_machine_of_a_name_is_told_its_own()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Name = "tower");

        var (_, joined) = await JoinAsync(hub, await hub.JoinTokenAsync(), "b", "tower");

        Assert.Equal("tower-2", joined!.Name);
    }

    [Theory]
    [InlineData("", "a", "tower", "token")]
    [InlineData("t", "", "tower", "node_id")]
    [InlineData("t", "With Capitals", "tower", "node_id")]
    [InlineData("t", "../../etc", "tower", "node_id")]
    [InlineData("t", "a", "", "name")]
    [InlineData("t", "a", "   ", "name")]
    public async Task What_is_missing_or_malformed_is_named(string token, string id, string name, string field)
    {
        await using var hub = await HubFixture.StartAsync();
        using var answer = await hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, JsonSerializer.Serialize(new JoinWire(token, id, name, "1"), ContractsJson.Default.JoinWire));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ContractsJson.Default.ErrorWire)!.Error.Param);
    }

    [Fact]
    public async Task Whoever_guesses_from_elsewhere_is_slowed_down()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.JoinToken = "automation-secret");
        var body = JsonSerializer.Serialize(new JoinWire("guess", "a", "a", "1"), ContractsJson.Default.JoinWire);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, body, far: true)));
        }

        using var blocked = await hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, body, far: true);
        Assert.Equal(HttpStatusCode.TooManyRequests, blocked.StatusCode);
        Assert.True(blocked.Headers.RetryAfter is not null);
        Assert.NotNull((await JoinAsync(hub, "automation-secret", "b")).Joined);
        await hub.PassAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.Unauthorized, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, body, far: true)));
    }

    private static Task<IReadOnlyList<KeyWire>> KeysAsync(HubFixture hub) => hub.GetAsync(ControlRoutes.Keys, ContractsJson.Default.IReadOnlyListKeyWire);

    private static async Task<(HttpStatusCode, string)> RefusalAsync(HubFixture hub, string token, string id)
    {
        var (status, code, _) = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, JsonSerializer.Serialize(new JoinWire(token, id, id, "1"), ContractsJson.Default.JoinWire)));
        return (status, code);
    }

    private static async Task<(HttpStatusCode Status, JoinedWire? Joined)> JoinAsync(HubFixture hub, string token, string id, string? name = null)
    {
        using var answer = await hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, JsonSerializer.Serialize(new JoinWire(token, id, name ?? id, "1"), ContractsJson.Default.JoinWire));
        return (answer.StatusCode, answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync(ContractsJson.Default.JoinedWire) : null);
    }
}
