using System.Text.Json;
using Homelab.Clients;
using Homelab.Contracts;
using Homelab.Tests.Cli;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Clients;

/// <summary>How a node's calls to its hub are sent: once, within their time, and never to somebody else.</summary>
public sealed class HubClientTests
{
    private const string Credential = "hl_node_AAAAAAAA_secretsecretsecretsecretsecretse";

    [Fact]
    public async Task Heartbeat_is_sent_once_whatever_the_hub_answers()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("POST", ControlRoutes.Heartbeat, 503, "draining", "not now");
        using var client = new HubClient(server.Address, TimeProvider.System);

        var problem = await Assert.ThrowsAsync<ControlException>(() => client.BeatAsync(Credential, Beat(0), default));
        Assert.Equal(("not now", "draining"), (problem.Message, problem.Code));
        Assert.Equal("Bearer " + Credential, Assert.Single(server.Seen).Authorization);
    }

    [Fact]
    public async Task Heartbeat_is_waited_for_as_long_as_it_may_be_held_and_ten_seconds()
    {
        var time = new FakeTimeProvider();
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = (await FakeControlServer.StartAsync()).On("POST", ControlRoutes.Heartbeat, async context =>
        {
            came.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var client = new HubClient(server.Address, time);
        var beat = client.BeatAsync(Credential, Beat(5), default);
        await came.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        time.Advance(TimeSpan.FromSeconds(14));
        Assert.False(beat.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1.1));
        var problem = await Assert.ThrowsAsync<ControlException>(() => beat.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
        Assert.Contains("no answer in time", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_is_not_followed_because_the_credential_would_follow_it()
    {
        await using var other = await FakeControlServer.StartAsync();
        await using var server = (await FakeControlServer.StartAsync()).On("POST", ControlRoutes.Heartbeat, context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = other.Address + ControlRoutes.Heartbeat[1..];
            return Task.CompletedTask;
        });
        using var client = new HubClient(server.Address, TimeProvider.System);

        await Assert.ThrowsAsync<ControlException>(() => client.BeatAsync(Credential, Beat(0), default));
        Assert.Empty(other.Seen);
    }

    [Fact]
    public async Task Refused_credential_is_told_in_the_hubs_words_without_advice_for_people_at_a_terminal()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("POST", ControlRoutes.Join, 401, "invalid_api_key", "this token was used already");
        using var client = new HubClient(server.Address, TimeProvider.System);

        var problem = await Assert.ThrowsAsync<ControlException>(() => client.JoinAsync(new JoinWire("t", "n", "tower", "1"), default));
        Assert.Equal("this token was used already", problem.Message);
        Assert.Equal(ControlException.NotAllowed, problem.ExitCode);
    }

    [Fact]
    public async Task List_of_models_is_tried_again_with_the_credential()
    {
        await using var server = await FakeControlServer.StartAsync();
        server.On("GET", ControlRoutes.Models, context =>
        {
            if (server.Seen.Count < 2)
            {
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            }

            return FakeControlServer.JsonAsync(context, [new ModelWire("m:1b", "hot", 1, [], [])], ContractsJson.Default.IReadOnlyListModelWire);
        });
        using var client = new HubClient(server.Address, TimeProvider.System);

        Assert.Equal("m:1b", Assert.Single(await client.ModelsAsync(Credential, default)).Name);
        Assert.All(server.Seen, r => Assert.Equal("Bearer " + Credential, r.Authorization));
    }

    [Fact]
    public async Task Heartbeats_body_is_what_the_contract_says()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("POST", ControlRoutes.Heartbeat, context =>
            FakeControlServer.JsonAsync(context, new HeartbeatAckWire(3, 1, 5, false, "tower", false, 0), ContractsJson.Default.HeartbeatAckWire));
        using var client = new HubClient(server.Address, TimeProvider.System);
        var ack = await client.BeatAsync(Credential, Beat(0), default);

        Assert.Equal(3, ack.Sequence);
        using var body = JsonDocument.Parse(Assert.Single(server.Seen).Body);
        Assert.Equal(("n1", "boot", 3), (body.RootElement.GetProperty("node_id").GetString(), body.RootElement.GetProperty("boot_id").GetString(), body.RootElement.GetProperty("sequence").GetInt32()));
    }

    private static HeartbeatWire Beat(double hold) =>
        new(ClusterProtocol.Version, "n1", "boot", 3, "tower", "1", "live", hold, 42420, false, "access", new EngineWire("ollama", null, "up", null, false, true), [], [], "digest");
}
