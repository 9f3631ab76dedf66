using System.Net;
using System.Text.Json.Nodes;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Gateway.Forwarding;

namespace Homelab.Tests.Gateway;

/// <summary>Hubs and nodes as callers: what their credentials open, what of their headers is believed, and that nobody else can forge it.</summary>
public sealed class MachineCallersTests
{
    private const string Chat = "/v1/chat/completions";

    private const string Body = "{\"model\":\"tiny\"}";

    private static readonly IPAddress Lan = IPAddress.Parse("192.168.1.7");

    [Theory]
    [InlineData(TestKeys.User)]
    [InlineData(TestKeys.Admin)]
    [InlineData(null)]
    public async Task Ordinary_callers_forge_no_hop_no_asker_and_no_origin(string? key)
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With, isEngine: false, remoteAddress: key is null ? null : Lan);
        (string, string)[] forged = [(MachineHeaders.Hops, "1"), (MachineHeaders.Asker, "boss"), (MachineHeaders.Origin, "other"), (MachineHeaders.Refused, "x")];

        using var answer = await server.PostAsync(Chat, Body, key is null ? forged : [.. forged, TestKeys.Bearer(key)]);

        var demand = server.Router.Demands.Single();
        Assert.Equal((0, (string?)null), (demand.Hops, demand.Origin));
        Assert.NotEqual(key == TestKeys.Admin ? "" : "boss", demand.Principal.Name);
        var seen = server.Upstream.Last;
        Assert.Equal(("1", demand.Principal.Name, null, null), (seen.Header(MachineHeaders.Hops), seen.Header(MachineHeaders.Asker), seen.Header(MachineHeaders.Origin), seen.Header(MachineHeaders.Refused)));
    }

    [Theory]
    [InlineData("999")]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("1, 1")]
    public async Task Machine_whose_hop_mark_is_no_small_number_is_in_a_loop(string hops)
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        using var answer = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Node), (MachineHeaders.Hops, hops));

        await AssertLoopAsync(answer);
        Assert.Empty(server.Router.Demands);
    }

    [Fact]
    public async Task Acceptance_32_hub_refuses_what_was_delegated_twice_and_says_that_asking_again_is_of_no_use()
    {
        await using var hub = await GatewayServer.StartAsync(o => TestKeys.With(o) with { MaximumHops = 1 }, isEngine: false);
        using var once = await hub.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Node), (MachineHeaders.Hops, "1"));
        Assert.Equal(HttpStatusCode.OK, once.StatusCode);
        Assert.Equal("2", hub.Upstream.Last.Header(MachineHeaders.Hops));

        using var twice = await hub.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Node), (MachineHeaders.Hops, "2"));
        await AssertLoopAsync(twice);
        Assert.Single(hub.Router.Demands);
    }

    [Fact]
    public async Task Node_speaks_for_itself_and_its_callers_carry_its_name()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With, isEngine: false);
        using var answer = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Node), (MachineHeaders.Hops, "1"), (MachineHeaders.Asker, "local"), (MachineHeaders.Origin, "another-node"));

        var demand = server.Router.Demands.Single();
        Assert.Equal(("laptop/local", "laptop-id", 1, PrincipalKind.Node), (demand.Principal.Name, demand.Origin, demand.Hops, demand.Principal.Kind));
        Assert.Equal("laptop/local", (await server.Usage.NextAsync()).Principal);
        Assert.Equal("laptop/local", server.Upstream.Last.Header(MachineHeaders.Asker));
    }

    [Fact]
    public async Task Hub_is_believed_who_asked_and_where_it_came_from_and_the_engine_hears_nothing_of_it()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        using var answer = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Hub), (MachineHeaders.Hops, "2"), (MachineHeaders.Asker, "laptop/local"), (MachineHeaders.Origin, "laptop-id"));

        var demand = server.Router.Demands.Single();
        Assert.Equal(("laptop/local", "laptop-id", 2, PrincipalKind.Hub), (demand.Principal.Name, demand.Origin, demand.Hops, demand.Principal.Kind));
        Assert.DoesNotContain(server.Upstream.Last.Headers, h => h.Key.StartsWith("x-homelab-", StringComparison.OrdinalIgnoreCase) || h.Value.Contains(TestKeys.Hub, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Daemon_tells_the_hub_its_id_and_shows_its_credential_instead_of_the_clients()
    {
        await using var server = await GatewayServer.StartAsync(o => TestKeys.With(o) with { NodeId = "laptop-id" }, isEngine: false);
        server.Router.Upstream = server.Router.Upstream with { Credential = "hl_node_x" };
        using var answer = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.User));

        var seen = server.Upstream.Last;
        Assert.Equal(("Bearer hl_node_x", "laptop-id", "n8n", "1"), (seen.Header("Authorization"), seen.Header(MachineHeaders.Origin), seen.Header(MachineHeaders.Asker), seen.Header(MachineHeaders.Hops)));
        Assert.DoesNotContain("hl_node_x", server.Router.Upstream.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string, int, int, int, int> Surfaces => new()
    {
        // method, path, body: node, node with a hop mark, hub, loopback
        { "POST", Chat, Body, 403, 200, 200, 200 },
        { "GET", "/v1/models", "", 403, 200, 200, 200 },
        { "POST", "/api/show", Body, 403, 200, 200, 200 },
        { "POST", "/api/pull", Body, 403, 403, 200, 200 },
        { "DELETE", "/api/delete", Body, 403, 403, 200, 200 },
        { "GET", "/homelab/v1/status", "", 200, 200, 200, 200 },
        { "POST", "/homelab/v1/models/load", "{}", 403, 403, 403, 200 },
        { "POST", "/homelab/v1/nodes/heartbeat", "{}", 200, 200, 403, 401 },
        { "GET", "/healthz", "", 200, 200, 200, 200 },
    };

    [Theory]
    [MemberData(nameof(Surfaces))]
    public async Task Credential_opens_its_own_surface_only(string method, string path, string body, int node, int marked, int hub, int loopback)
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);

        Assert.Equal(
            (node, marked, hub, loopback),
            (await StatusAsync(TestKeys.Bearer(TestKeys.Node)), await StatusAsync(TestKeys.Bearer(TestKeys.Node), (MachineHeaders.Hops, "1")), await StatusAsync(TestKeys.Bearer(TestKeys.Hub)), await StatusAsync()));

        async Task<int> StatusAsync(params (string, string)[] headers)
        {
            using var answer = await server.SendAsync(new HttpMethod(method), path, body.Length == 0 ? null : new StringContent(body, null, "application/json"), headers);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData(TestKeys.User, 403)]
    [InlineData(TestKeys.Admin, 403)]
    [InlineData("hl_node_00000000_00000000000000000000000000000000", 401)]
    [InlineData("", 401)]
    public async Task Service_key_is_no_nodes_credential(string key, int status)
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With, remoteAddress: Lan);
        using var answer = await server.PostAsync("/homelab/v1/nodes/heartbeat", "{}", TestKeys.Bearer(key));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Key_of_our_form_opens_while_its_address_is_blocked_and_wrong_ones_count()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With, remoteAddress: Lan);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(401, await StatusAsync($"hl_node_00000000_{i:D32}"));
        }

        Assert.Equal(429, await StatusAsync("hl_node_00000000_00000000000000000000000000000099"));
        Assert.Equal(429, await StatusAsync(TestKeys.User));
        Assert.Equal(200, await StatusAsync(TestKeys.Node));

        async Task<int> StatusAsync(string key)
        {
            using var answer = await server.SendAsync(HttpMethod.Get, "/homelab/v1/status", null, TestKeys.Bearer(key));
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Machine_whose_credential_is_out_of_date_is_no_keyless_user_of_loopback()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        using var delegated = await server.PostAsync(Chat, Body, TestKeys.Bearer(HomelabKey.Make(HomelabKey.Service)), (MachineHeaders.Hops, "1"));
        using var dummy = await server.PostAsync(Chat, Body, TestKeys.Bearer("ollama"));

        Assert.Equal((401, "invalid_api_key", 200), ((int)delegated.StatusCode, Refused(delegated), (int)dummy.StatusCode));
    }

    [Fact]
    public async Task Version_of_another_machine_is_asked_with_its_key()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With, isEngine: false);
        server.Router.Upstream = server.Router.Upstream with { Credential = "hl_key_x" };
        server.Upstream.Script = static (_, reply) => reply.JsonAsync(200, "{\"version\":\"0.30.0\"}");

        Assert.Equal("{\"version\":\"0.30.0\"}", await server.Client.GetStringAsync("/api/version"));
        Assert.Equal(("Bearer hl_key_x", "1"), (server.Upstream.Last.Header("Authorization"), server.Upstream.Last.Header(MachineHeaders.Hops)));
    }

    [Fact]
    public async Task Keys_that_are_replaced_count_from_the_next_request_on()
    {
        var keys = new KeySource(KeyRing.Empty);
        await using var server = await GatewayServer.StartAsync(o => o with { Keys = keys }, remoteAddress: Lan);
        Assert.Equal(401, await StatusAsync());
        keys.Replace([KeyRing.Entry("n8n", TestKeys.User, false)]);
        Assert.Equal(200, await StatusAsync());
        keys.Replace([]);
        Assert.Equal(401, await StatusAsync());

        async Task<int> StatusAsync()
        {
            using var answer = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.User));
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Key_past_its_rate_gets_429_with_retry_after_before_its_body_is_read_and_others_are_served()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        Assert.Equal((200, 200), (await StatusAsync(TestKeys.Limited), await StatusAsync(TestKeys.Limited)));

        using var refused = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Limited));
        Assert.Equal((HttpStatusCode.TooManyRequests, "30"), (refused.StatusCode, refused.Headers.GetValues("Retry-After").Single()));
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(("rate_limit_exceeded", "rate_limit_error"), (error["code"]!.GetValue<string>(), error["type"]!.GetValue<string>()));
        Assert.Contains("2 requests a minute", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(2, server.Router.Demands.Count);

        using var list = await server.SendAsync(HttpMethod.Get, "/v1/models", null, TestKeys.Bearer(TestKeys.Limited));
        Assert.Equal((200, 200), ((int)list.StatusCode, await StatusAsync(TestKeys.User)));
        server.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(200, await StatusAsync(TestKeys.Limited));

        async Task<int> StatusAsync(string key)
        {
            using var answer = await server.PostAsync(Chat, Body, TestKeys.Bearer(key));
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("POST", "/v1/embeddings")]
    [InlineData("POST", "/v1/responses")]
    [InlineData("POST", "/v1/messages")]
    [InlineData("POST", "/v1/messages/count_tokens")]
    [InlineData("POST", "/v1/rerank")]
    [InlineData("POST", "/api/chat")]
    [InlineData("POST", "/api/generate")]
    [InlineData("POST", "/api/embed")]
    [InlineData("POST", "/api/embeddings")]
    [InlineData("POST", "/api/show")]
    [InlineData("POST", "/api/pull")]
    [InlineData("DELETE", "/api/delete")]
    public async Task Scoped_key_is_refused_other_models_on_every_route_by_what_an_alias_stands_for(string method, string path)
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        server.Router.Aliases["qwen3:mine"] = "secret:70b";
        server.Router.Aliases["chat"] = "qwen3:8b";

        Assert.Equal(
            (200, 200, 403, 403),
            (await StatusAsync("tiny"), await StatusAsync("chat"), await StatusAsync("secret:70b"), await StatusAsync("qwen3:mine")));

        async Task<int> StatusAsync(string model)
        {
            using var answer = await server.SendAsync(new HttpMethod(method), path, new StringContent($"{{\"model\":\"{model}\"}}", null, "application/json"), TestKeys.Bearer(TestKeys.Scoped));
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Refusal_before_any_engine_is_marked_for_machines_and_for_nobody_else()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        using var marked = await server.PostAsync(Chat, "{\"model\":\"nope\"}", TestKeys.Bearer(TestKeys.Hub), (MachineHeaders.Hops, "1"));
        using var plain = await server.PostAsync(Chat, "{\"model\":\"nope\"}");
        using var unknown = await server.PostAsync(Chat, Body, ("Host", "evil.example"), (MachineHeaders.Hops, "1"));
        Assert.Equal(("model_not_found", null, "insufficient_permissions"), (Refused(marked), Refused(plain), Refused(unknown)));

        server.Upstream.Script = (_, reply) => reply.AnswerAsync(500, "application/json", "{\"error\":\"boom\"}", "x-homelab-refused: queue_full\r\n");
        using var engine = await server.PostAsync(Chat, Body, TestKeys.Bearer(TestKeys.Hub), (MachineHeaders.Hops, "1"));
        Assert.Equal((500, null), ((int)engine.StatusCode, Refused(engine)));
        Assert.Single(server.Upstream.Requests);
    }

    [Fact]
    public async Task Delegated_stream_says_nothing_before_its_status_is_known()
    {
        await using var server = await GatewayServer.StartAsync(TestKeys.With);
        var routing = new TaskCompletionSource<RouteOutcome>();
        server.Router.Route = (_, _) => new ValueTask<RouteOutcome>(routing.Task);
        var posting = server.PostAsync(Chat, "{\"model\":\"tiny\",\"stream\":true}", TestKeys.Bearer(TestKeys.Hub), (MachineHeaders.Hops, "1"));
        await GatewayServer.UntilAsync(() => server.Router.Demands.Count == 1, "it is routed");
        server.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.False(posting.IsCompleted);
        routing.SetResult(RouteOutcome.Of(new Homelab.Domain.Residency.Refusal(Homelab.Domain.Residency.RefusalReason.CapacityTimeout, "full", TimeSpan.FromSeconds(5))));
        using var answer = await posting;
        Assert.Equal((503, "capacity_timeout"), ((int)answer.StatusCode, Refused(answer)));
    }

    private static string? Refused(HttpResponseMessage answer) => answer.Headers.TryGetValues(MachineHeaders.Refused, out var values) ? values.Single() : null;

    private static async Task AssertLoopAsync(HttpResponseMessage answer)
    {
        Assert.Equal((508, "false"), ((int)answer.StatusCode, answer.Headers.GetValues("x-should-retry").Single()));
        Assert.Equal("loop_detected", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
        Assert.Equal("loop_detected", Refused(answer));
    }
}
