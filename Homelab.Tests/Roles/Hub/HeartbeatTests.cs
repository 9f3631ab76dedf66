using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Heartbeats over HTTP: who may send them, which change something, and when they are answered.</summary>
public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_node_that_joined_and_reported_is_live()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Has("qwen3:8b"));

        Assert.Equal("live", await hub.StateOfAsync("a"));
        Assert.Contains("node.live", (await hub.EventsAsync()).Select(e => e.Type));
    }

    [Fact]
    public async Task Nobody_but_the_node_itself_reports_for_it()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a");
        var b = await hub.NodeAsync("b");
        var service = await hub.KeyAsync("n8n");

        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(a.SendAsync(a.Next(), b.Credential)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(a.SendAsync(a.Next(), service)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(a.SendAsync(a.Next(), hub.AdminKey)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(a.SendAsync(a.Next(), "hl_node_abcdefgh_" + new string('x', 32))));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Heartbeat, Json(a.Next()))));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Heartbeat, Json(a.Next()), far: true)));
    }

    [Fact]
    public async Task What_is_no_heartbeat_is_refused_by_name_and_changes_nothing()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");

        var (status, code, _) = await ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Heartbeat, "{ \"protocol\": ", node.Credential));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_json"), (status, code));
        (status, code, _) = await ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Heartbeat, "null", node.Credential));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_json"), (status, code));
        (status, code, var message) = await ErrorOf(node.SendAsync(node.Next() with { QueueDepth = -1 }));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (status, code));
        Assert.Contains("queue_depth", message);
        var whole = System.Text.Json.Nodes.JsonNode.Parse(Json(node.Next()))!.AsObject();
        Assert.True(whole.Remove("port"));
        (status, code, message) = await ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Heartbeat, whole.ToJsonString(), node.Credential));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", "the heartbeat is not one: port is missing"), (status, code, message));
        (status, _, message) = await ErrorOf(node.SendAsync(node.Next() with { Replicas = [null!] }));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("replicas", message);
        Assert.Equal("live", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task Ten_megabytes_are_refused_and_the_connection_is_closed()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, hub.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {ControlRoutes.Heartbeat} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {node.Credential}\r\nContent-Type: application/json\r\nContent-Length: {10 << 20}\r\n\r\n{{"));

        var (answer, buffer) = ("", new byte[4096]);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer).AsTask().WaitAsync(HubFixture.Limit, TimeProvider.System)) > 0;)
            {
                answer += Encoding.UTF8.GetString(buffer, 0, read);
            }
        }
        catch (IOException)
        {
            // Closed with what was not read: a reset.
        }

        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.Contains("body_too_large", answer);
    }

    [Fact]
    public async Task Ten_megabytes_in_pieces_are_refused_too()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Address, ControlRoutes.Heartbeat)) { Content = new StreamContent(new MemoryStream(new byte[10 << 20])) };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", node.Credential);
        try
        {
            using var answer = await hub.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }
        catch (HttpRequestException e) when (e.InnerException is IOException or SocketException)
        {
            // Closed while the rest was still being sent.
        }

        Assert.Equal("live", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task A_repeated_heartbeat_is_answered_again_and_an_older_one_is_stale()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        node.Holds("qwen3:8b");
        var older = node.Next();
        var newer = node.Next();

        Assert.Equal(HttpStatusCode.OK, await StatusOf(node.SendAsync(newer)));
        Assert.Equal(HttpStatusCode.OK, await StatusOf(node.SendAsync(newer with { Replicas = [] })));
        var (status, code, _) = await ErrorOf(node.SendAsync(older with { Replicas = [] }));

        Assert.Equal((HttpStatusCode.Conflict, "stale_heartbeat"), (status, code));
        Assert.Single((await hub.NodesAsync())[0].Replicas);
    }

    [Fact]
    public async Task Of_two_machines_with_one_identity_the_newer_boot_speaks()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var clone = node.Next() with { BootId = "clone-boot", Sequence = 1 };

        Assert.Equal(HttpStatusCode.OK, await StatusOf(node.SendAsync(clone)));
        var (status, code, message) = await ErrorOf(node.SendAsync(node.Next()));

        Assert.Equal((HttpStatusCode.Conflict, "stale_heartbeat"), (status, code));
        Assert.Contains("another daemon speaks for this node", message);
        Assert.Equal(HttpStatusCode.OK, await StatusOf(node.SendAsync(clone with { Sequence = 2 })));
    }

    [Fact]
    public async Task The_key_of_a_refused_heartbeat_never_takes_effect()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var older = node.Next() with { AccessKey = "hl_hub_forged01_x" };
        await node.BeatAsync();
        await StatusOf(node.SendAsync(older));
        await StatusOf(node.SendAsync(node.Next() with { AccessKey = "hl_hub_forged02_x", QueueDepth = -1 }));
        await StatusOf(node.SendAsync(node.Next() with { AccessKey = "hl_hub_forged03_x", NodeId = "b" }));

        using var answer = await hub.ChatAsync("qwen3:8b");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Bearer " + node.AccessKey, node.Surface.Last.Header("Authorization"));
    }

    [Fact]
    public async Task A_held_heartbeat_is_answered_by_a_command()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        var held = node.BeatAsync(hold: 5);
        await HeldAsync(hub);

        var load = hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, """{"model":"qwen3:8b"}""");
        var ack = await held.WaitAsync(HubFixture.Limit, TimeProvider.System);

        var command = Assert.Single(ack.Commands!);
        Assert.Equal(("load", "qwen3:8b", ack.Epoch), (command.Kind, command.Model, command.Epoch));
        Assert.True(command.DeadlineSeconds > 0);
        Assert.False(load.IsCompleted);
        node.Result(node.Loaded(command));
        await node.BeatAsync();
        using var done = await load.WaitAsync(HubFixture.Limit, TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
    }

    [Fact]
    public async Task A_held_heartbeat_is_answered_by_a_newer_one()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var held = node.BeatAsync(hold: 5);
        await HeldAsync(hub);

        var newer = node.BeatAsync(hold: 5);

        var ack = await held.WaitAsync(HubFixture.Limit, TimeProvider.System);
        Assert.False(newer.IsCompleted);
        Assert.Equal(3, ack.Sequence);
    }

    [Fact]
    public async Task A_held_heartbeat_is_answered_when_its_time_is_over_and_not_before()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var held = node.BeatAsync(hold: 5);
        await HeldAsync(hub);

        await hub.PassAsync(TimeSpan.FromSeconds(4));
        Assert.False(held.IsCompleted);
        await hub.AdvanceUntilAsync("the hold is over", TimeSpan.FromSeconds(0.2), () => Task.FromResult(held.IsCompleted));

        Assert.Null((await held).Commands);
    }

    [Fact]
    public async Task A_hold_is_a_minute_at_most_whatever_the_node_allows()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.LostAfter = Homelab.Configuration.Duration.FromMinutes(60));
        var node = await hub.NodeAsync("a");
        var held = node.BeatAsync(hold: 1e12);
        await HeldAsync(hub);

        await hub.PassAsync(TimeSpan.FromSeconds(61));

        await held.WaitAsync(HubFixture.Limit, TimeProvider.System);
    }

    [Fact]
    public async Task A_hub_that_stops_answers_what_it_holds_and_says_nothing_against_the_node()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var held = node.SendAsync(node.Next(hold: 5));
        await HeldAsync(hub);

        await hub.StopAsync();

        try
        {
            using var answer = await held.WaitAsync(HubFixture.Limit, TimeProvider.System);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // Cut off with the server: for the daemon the hub is away, which is true.
        }
    }

    [Fact]
    public async Task A_node_whose_held_connection_breaks_is_suspect_until_its_next_heartbeat()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        using var cut = new CancellationTokenSource();
        var held = node.SendAsync(node.Next(hold: 5), cancellation: cut.Token);
        await HeldAsync(hub);

        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);

        await hub.UntilAsync("a is suspect", async () => await hub.StateOfAsync("a") == "suspect");
        await node.BeatAsync();
        Assert.Equal("live", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task Of_two_held_connections_the_older_ones_end_is_no_sign()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        using var cut = new CancellationTokenSource();
        var older = node.SendAsync(node.Next(hold: 5), cancellation: cut.Token);
        await HeldAsync(hub);
        var newer = node.SendAsync(node.Next(hold: 5));
        (await older.WaitAsync(HubFixture.Limit, TimeProvider.System)).Dispose();

        await cut.CancelAsync();
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("live", await hub.StateOfAsync("a"));
        Assert.False(newer.IsCompleted);
    }

    [Fact]
    public async Task Silence_makes_a_node_suspect_and_then_lost_and_a_heartbeat_brings_it_back()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        await hub.PassAsync(TimeSpan.FromSeconds(14));
        Assert.Equal("live", await hub.StateOfAsync("a"));

        await hub.AdvanceUntilAsync("a is suspect", TimeSpan.FromSeconds(1), async () => await hub.StateOfAsync("a") == "suspect");
        await hub.AdvanceUntilAsync("a is lost", TimeSpan.FromSeconds(1), async () => await hub.StateOfAsync("a") == "lost");
        Assert.Empty((await hub.NodesAsync())[0].Replicas);
        await a.BeatAsync();

        Assert.Equal("live", await hub.StateOfAsync("a"));
        Assert.Equal(["node.joined", "node.live", "node.suspect", "node.lost", "node.live"], (await hub.EventsAsync()).Select(e => e.Type).Where(t => t.StartsWith("node.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_node_that_leaves_is_gone_at_once_and_stays_known()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        node.State = "leaving";
        node.Replicas.Clear();
        await node.BeatAsync();

        Assert.Equal("lost", await hub.StateOfAsync("a"));
        Assert.Contains("node.left", (await hub.EventsAsync()).Select(e => e.Type));
    }

    [Fact]
    public async Task A_revoked_credential_is_cut_off_with_the_next_heartbeat()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var held = node.SendAsync(node.Next(hold: 5));
        await HeldAsync(hub);

        (await hub.SendAsync(HttpMethod.Delete, "/homelab/v1/nodes/a")).Dispose();

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(held.WaitAsync(HubFixture.Limit, TimeProvider.System)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(node.SendAsync(node.Next())));
        Assert.Equal("absent", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task The_inventory_is_asked_for_once_and_again_when_its_digest_changes()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        Assert.False((await node.BeatAsync()).SendInventory);

        node.Has("gemma3:4b").Digest = "digest-2";
        Assert.True((await node.BeatAsync()).SendInventory);
        Assert.False((await node.BeatAsync(inventory: true)).SendInventory);

        await hub.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["gemma3:4b", "qwen3:8b"], (await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire)).Select(m => m.Name));
    }

    [Fact]
    public async Task A_node_is_told_what_it_is_called_and_that_it_drains()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Name = "tower");
        var second = await hub.NodeAsync("b", n => n.Name = "tower");
        Assert.Equal("tower-2", (await second.BeatAsync()).Name);
        var held = second.BeatAsync(hold: 5);
        await HeldAsync(hub);

        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/tower-2/drain")).Dispose();

        Assert.True((await held.WaitAsync(HubFixture.Limit, TimeProvider.System)).Draining);
        Assert.Equal("draining", await hub.StateOfAsync("b"));
        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/b/resume")).Dispose();
        Assert.Equal("live", await hub.StateOfAsync("b"));
    }

    internal static async Task HeldAsync(HubFixture hub, int count = 1) =>
        await hub.UntilAsync($"{count} heartbeat(s) are held", async () => (await hub.TextAsync("/metrics")).Contains($"homelab_heartbeats_held {count}\n", StringComparison.Ordinal));

    internal static async Task<HttpStatusCode> StatusOf(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        return answer.StatusCode;
    }

    internal static async Task<(HttpStatusCode Status, string Code, string Message)> ErrorOf(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending.WaitAsync(HubFixture.Limit, TimeProvider.System);
        var error = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ContractsJson.Default.ErrorWire)!.Error;
        return (answer.StatusCode, error.Code ?? "", error.Message);
    }

    private static string Json(HeartbeatWire beat) => JsonSerializer.Serialize(beat, ContractsJson.Default.HeartbeatWire);
}
