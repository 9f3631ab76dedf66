using System.Net.Http.Headers;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Forwarding;
using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway;

/// <summary>Gateways behind one another, as daemon, hub and node are: what a client sees of the last one through all of them.</summary>
public sealed class DelegationChainTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Streamed = "{\"model\":\"tiny\",\"messages\":[{}],\"stream\":true}";

    private readonly List<UpstreamPool> _pools = [];
    private GatewayServer _laptop = null!;
    private GatewayServer _hub = null!;
    private GatewayServer _node = null!;

    public async Task InitializeAsync()
    {
        _node = await GatewayServer.StartAsync(TestKeys.With);
        _hub = await GatewayServer.StartAsync(o => TestKeys.With(o) with { MaximumHops = 1, NodeName = "hub" }, isEngine: false);
        _laptop = await GatewayServer.StartAsync(o => TestKeys.With(o) with { NodeId = "laptop-id", NodeName = "laptop" }, isEngine: false);
        _hub.Router.Upstream = To(_node, "tower") with { NodeId = "tower-id", Credential = TestKeys.Hub };
        _hub.Router.TierOf = static _ => "cluster-hot";
        _laptop.Router.Upstream = To(_hub, "hub") with { Credential = TestKeys.Node };
        _laptop.Router.TierOf = static _ => "hub";
    }

    public async Task DisposeAsync()
    {
        foreach (var server in new[] { _laptop, _hub, _node })
        {
            await GatewayServer.UntilAsync(() => server.Router.Leases == 0, "every lease is back");
            await server.DisposeAsync();
        }

        _pools.ForEach(static pool => pool.Dispose());
    }

    [Fact]
    public async Task Answer_comes_through_daemon_hub_and_node_with_who_served_it_and_how_it_was_reached()
    {
        _node.Upstream.Script = static (_, reply) => reply.JsonAsync(200, "{\"model\":\"tiny\",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}");
        using var answer = await _laptop.PostAsync(Chat, "{\"model\":\"tiny\",\"messages\":[{}]}");
        using var straight = await _hub.PostAsync(Chat, "{\"model\":\"tiny\",\"messages\":[{}]}");

        Assert.Equal("node=tower; tier=hub; engine=ollama; wait=0.000; load=0.000", answer.Headers.GetValues(RouteHeader.Name).Single());
        Assert.Equal("node=tower; tier=cluster-hot; engine=ollama; wait=0.000; load=0.000", straight.Headers.GetValues(RouteHeader.Name).Single());
        var (laptop, hub, node) = (await _laptop.Usage.NextAsync(), await _hub.Usage.NextAsync(), await _node.Usage.NextAsync());
        Assert.Equal(("local", "laptop/local", "laptop/local"), (laptop.Principal, hub.Principal, node.Principal));
        Assert.Equal(("tower", "tower", "tower"), (laptop.Node, hub.Node, node.Node));
        Assert.All([laptop, hub, node], record => Assert.Equal((7L, 3L), (record.PromptTokens, record.CompletionTokens)));
        Assert.Equal(("hub", "cluster-hot", "local-hot"), (laptop.Tier, hub.Tier, node.Tier));
        Assert.Equal("laptop-id", _hub.Router.Demands.First().Origin);
    }

    [Theory]
    [InlineData(Chat, "text/event-stream", ": thinking\n\n|data: {\"a\":1}\n\n|: still\n\n|data: [DONE]\n\n")]
    [InlineData(Chat, "text/event-stream", ": thinking\n\n|data: {\"a\":1}\n\n|data: {\"error\":{\"message\":\"died\"}}\n\n")]
    [InlineData("/v1/messages", "text/event-stream", "event: ping\ndata: {}\n\n|event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"died\"}}\n\n")]
    [InlineData("/v1/responses", "text/event-stream", "event: response.created\ndata: {}\n\n|event: response.completed\ndata: {}\n\n")]
    [InlineData("/api/chat", "application/x-ndjson", "{\"done\":false}\n|{\"done\":true}\n")]
    [InlineData("/api/chat", "application/x-ndjson", "{\"done\":false}\n|{\"error\":\"died\"}\n")]
    public async Task Stream_passes_through_three_gateways_byte_for_byte(string path, string type, string chunks)
    {
        _node.Upstream.Script = (_, reply) => reply.StreamAsync(type, chunks.Split('|'));
        using var answer = await _laptop.PostAsync(path, Streamed);

        Assert.Equal(chunks.Replace("|", "", StringComparison.Ordinal), await answer.Content.ReadAsStringAsync());
        Assert.Equal(MediaTypeHeaderValue.Parse(type), answer.Content.Headers.ContentType);
    }

    [Fact]
    public async Task Node_whose_engine_dies_mid_stream_says_so_once_and_the_others_add_nothing()
    {
        _node.Upstream.Script = static async (_, reply) =>
        {
            await reply.StartAsync("text/event-stream");
            await reply.ChunkAsync("data: {\"a\":1}\n\n");
            reply.Cut();
        };
        using var answer = await _laptop.PostAsync(Chat, Streamed);
        Assert.Equal("data: {\"a\":1}\n\ndata: {\"error\":{\"message\":\"the engine on tower broke off its answer\",\"type\":\"api_error\",\"param\":null,\"code\":\"engine_error\"}}\n\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Usage_that_nobody_asked_for_is_counted_on_every_machine_and_hidden_from_the_client()
    {
        _node.Upstream.Script = static (_, reply) => reply.StreamAsync("text/event-stream", "data: {\"choices\":[{}]}\n\n", "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n", "data: [DONE]\n\n");
        using var answer = await _laptop.PostAsync(Chat, Streamed);

        Assert.Equal("data: {\"choices\":[{}]}\n\ndata: [DONE]\n\n", await answer.Content.ReadAsStringAsync());
        foreach (var server in new[] { _laptop, _hub, _node })
        {
            Assert.Equal(7, (await server.Usage.NextAsync()).PromptTokens);
        }
    }

    [Fact]
    public async Task Client_comments_come_from_the_first_machine_while_the_last_one_waits()
    {
        var routing = new TaskCompletionSource<RouteOutcome>();
        _node.Router.Route = (_, _) => new ValueTask<RouteOutcome>(routing.Task);
        _node.Upstream.Script = static (_, reply) => reply.StreamAsync("text/event-stream", "data: [DONE]\n\n");
        var posting = _laptop.PostAsync(Chat, Streamed);
        await GatewayServer.UntilAsync(() => _node.Router.Demands.Count == 1, "the node is asked");
        _hub.Time.Advance(TimeSpan.FromMinutes(1));
        _node.Time.Advance(TimeSpan.FromMinutes(1));
        await _laptop.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        routing.SetResult(RouteOutcome.Of(_node.Router.Lease("tiny")));

        using var answer = await posting;
        Assert.Equal(": waiting at hub for tiny\n\ndata: [DONE]\n\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Refusal_of_the_node_reaches_the_client_through_the_hub_and_each_may_try_elsewhere()
    {
        _node.Router.Route = static (_, _) => new ValueTask<RouteOutcome>(RouteOutcome.Of(new Refusal(RefusalReason.WouldEvictProtected, "only protected models hold the room on tower")));
        _hub.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(demand.Excluded.IsEmpty ? RouteOutcome.Of(_hub.Router.Lease("tiny")) : RouteOutcome.Of(new Refusal(RefusalReason.NoLiveNodes, "nobody is left")));
        _laptop.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(demand.Excluded.IsEmpty ? RouteOutcome.Of(_laptop.Router.Lease("tiny")) : RouteOutcome.Of(new Refusal(RefusalReason.ModelNotFound, "not here")));
        using var answer = await _laptop.PostAsync(Chat, Streamed);

        Assert.Equal(
            (409, "{\"error\":{\"message\":\"only protected models hold the room on tower\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"would_evict_protected\"}}"),
            ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(Upstream.Hub, Assert.Single(_laptop.Router.Demands.Last().Excluded));
        Assert.Equal("tower-id", Assert.Single(_hub.Router.Demands.Last().Excluded));
        Assert.False(answer.Headers.Contains(MachineHeaders.Refused));
    }

    [Fact]
    public async Task Hub_that_is_gone_is_a_503_that_names_it_where_nobody_else_knows_better()
    {
        using var nowhere = new UpstreamPool(new Uri("http://127.0.0.1:1"), _laptop.Time);
        _laptop.Router.Upstream = _laptop.Router.Upstream with { Pool = nowhere };
        _laptop.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(demand.Excluded.IsEmpty ? RouteOutcome.Of(_laptop.Router.Lease("tiny")) : RouteOutcome.Of(new Refusal(RefusalReason.ModelNotFound, "not here")));
        using var answer = await _laptop.PostAsync(Chat, Streamed);

        Assert.Equal((503, "10"), ((int)answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("hub_unreachable", text, StringComparison.Ordinal);
        Assert.Contains("the hub at 127.0.0.1:1 does not answer", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_leaves_frees_all_three_machines()
    {
        var gone = new TaskCompletionSource();
        _node.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync("text/event-stream");
            await reply.ChunkAsync("data: {\"a\":1}\n\n");
            await reply.Gone;
            gone.SetResult();
        };
        using (var answer = await _laptop.PostAsync(Chat, Streamed))
        {
            await (await answer.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[10]);
        }

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    private Upstream To(GatewayServer server, string node)
    {
        var pool = new UpstreamPool(server.Address, server.Time);
        _pools.Add(pool);
        return new Upstream(server.Address.Authority, pool, false, "homelab", node);
    }
}
