using System.Net.Sockets;
using System.Text.Json.Nodes;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Forwarding;
using Homelab.Gateway.Transport;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Gateway;

/// <summary>A hub before two nodes, one of which does not serve: tried at the other where nothing can have been generated yet, and only there.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Body = "{\"model\":\"tiny\",\"messages\":[{}]}";

    private const string Streamed = "{\"model\":\"tiny\",\"messages\":[{}],\"stream\":true}";

    private readonly ScriptedUpstream _second = new();
    private GatewayServer _server = null!;
    private Upstream _a = null!;
    private Upstream _b = null!;

    private ScriptedUpstream First => _server.Upstream;

    public async Task InitializeAsync()
    {
        _server = await GatewayServer.StartAsync(isEngine: false);
        _a = _server.Router.Upstream with { Node = "a", NodeId = "a-id" };
        _b = _a with { Pool = new UpstreamPool(_second.Address, _server.Time), Node = "b", NodeId = "b-id" };
        _server.Router.Upstream = _a;
        _server.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(
            !demand.Excluded.Contains("a-id") ? RouteOutcome.Of(_server.Router.Lease(demand.Model))
            : !demand.Excluded.Contains("b-id") ? RouteOutcome.Of(_server.Router.Lease(demand.Model, upstream: _b))
            : RouteOutcome.Of(new Refusal(RefusalReason.NoLiveNodes, "no node is left")));
        _second.Script = (_, reply) => reply.JsonAsync(200, "{\"from\":\"b\"}");
    }

    public async Task DisposeAsync()
    {
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0, "every lease is back");
        _b.Pool.Dispose();
        await _second.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Node_that_refuses_before_its_engine_was_asked_is_left_out_and_the_other_serves()
    {
        First.Script = Refuse(429, "queue_full", "a is full");
        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal((200, "{\"from\":\"b\"}"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(("a", LeaseFailure.Refused, "queue_full"), _server.Router.Failures.Single());
        Assert.Equal("a-id", Assert.Single(_server.Router.Demands.Last().Excluded));
        Assert.Equal(First.Last.Text, _second.Last.Text);
        var record = await _server.Usage.NextAsync();
        Assert.Equal(("b", ForwardOutcome.Completed, 200), (record.Node, record.Outcome, record.Status));
    }

    [Fact]
    public async Task Node_that_cannot_be_reached_is_told_of_at_once_and_the_other_serves()
    {
        using var closed = new UpstreamPool(new Uri($"http://127.0.0.1:{FreePort()}"), _server.Time);
        _server.Router.Upstream = _a with { Pool = closed };
        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal("{\"from\":\"b\"}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(("a", LeaseFailure.Unreachable, "engine_error"), _server.Router.Failures.Single());
    }

    [Fact]
    public async Task Node_that_dies_before_a_byte_of_its_answer_is_replaced_once_and_not_twice()
    {
        First.Script = static (_, reply) => Cut(reply);
        using var once = await _server.PostAsync(Chat, Streamed);
        Assert.Equal("{\"from\":\"b\"}", await once.Content.ReadAsStringAsync());
        Assert.Equal(("a", LeaseFailure.Closed, "engine_error"), _server.Router.Failures.Single());

        _second.Script = static (_, reply) => Cut(reply);
        using var twice = await _server.PostAsync(Chat, Streamed);
        Assert.Equal(502, (int)twice.StatusCode);
        Assert.Contains("a closed the connection before it answered", await twice.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((2, 2), (First.Requests.Count, _second.Requests.Count));
    }

    [Fact]
    public async Task Node_that_is_given_up_while_it_is_silent_is_not_waited_for()
    {
        using var lost = new CancellationTokenSource();
        First.Script = static (_, reply) => reply.Gone;
        var route = _server.Router.Route;
        _server.Router.Route = (demand, token) => demand.Excluded.IsEmpty ? new ValueTask<RouteOutcome>(RouteOutcome.Of(_server.Router.Lease(demand.Model, lost: lost))) : route(demand, token);
        var posting = _server.PostAsync(Chat, Body);
        await GatewayServer.UntilAsync(() => First.Requests.Count == 1, "the first node is asked");
        await lost.CancelAsync();

        using var answer = await posting;
        Assert.Equal("{\"from\":\"b\"}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(LeaseFailure.Closed, _server.Router.Failures.Single().Failure);
    }

    [Fact]
    public async Task Comments_of_the_wait_are_no_answer_and_the_stream_goes_on_at_the_other_node()
    {
        var held = new TaskCompletionSource();
        First.Script = async (_, reply) =>
        {
            await held.Task;
            await Refuse(503, "capacity_timeout", "too long")(null!, reply);
        };
        _second.Script = static (_, reply) => reply.StreamAsync("text/event-stream", "data: {\"b\":1}\n\n", "data: [DONE]\n\n");
        var posting = _server.PostAsync(Chat, Streamed);
        await GatewayServer.UntilAsync(() => First.Requests.Count == 1, "the first node is asked");
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        held.SetResult();

        using var answer = await posting;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(": waiting at a for tiny\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\ndata: {\"b\":1}\n\ndata: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_after_comments_with_nobody_left_is_an_error_event_in_its_own_words()
    {
        var held = new TaskCompletionSource();
        First.Script = async (_, reply) =>
        {
            await held.Task;
            await Refuse(503, "load_failed", "tiny could not be loaded on a: it is broken")(null!, reply);
        };
        _second.Script = static (_, reply) => Refuse(503, "draining", "b is shutting down")(null!, reply);
        var posting = _server.PostAsync(Chat, Streamed);
        await GatewayServer.UntilAsync(() => First.Requests.Count == 1, "the first node is asked");
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        held.SetResult();

        using var answer = await posting;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.EndsWith("data: {\"error\":{\"message\":\"tiny could not be loaded on a: it is broken\",\"type\":\"overloaded_error\",\"param\":null,\"code\":\"load_failed\"}}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_first_byte_nothing_is_sent_again()
    {
        First.Script = async static (_, reply) =>
        {
            await reply.StartAsync("text/event-stream");
            await reply.ChunkAsync("data: {\"a\":1}\n\n");
            reply.Cut();
        };
        using var answer = await _server.PostAsync(Chat, Streamed);

        Assert.Equal("data: {\"a\":1}\n\ndata: {\"error\":{\"message\":\"a broke off its answer\",\"type\":\"api_error\",\"param\":null,\"code\":\"engine_error\"}}\n\n", await answer.Content.ReadAsStringAsync());
        Assert.Empty(_second.Requests);
        Assert.Empty(_server.Router.Failures);
    }

    [Fact]
    public async Task Engine_that_crashed_behind_its_node_is_not_made_to_crash_elsewhere()
    {
        First.Script = static (_, reply) => reply.JsonAsync(502, "{\"error\":{\"message\":\"the engine on a broke off\",\"type\":\"api_error\",\"param\":null,\"code\":\"engine_error\"}}");
        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Empty(_second.Requests);
    }

    [Fact]
    public async Task Engine_of_our_own_that_closes_before_it_answered_is_never_asked_again()
    {
        await using var daemon = await GatewayServer.StartAsync();
        daemon.Upstream.Script = static (_, reply) => Cut(reply);
        using var answer = await daemon.PostAsync(Chat, Body);

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Single(daemon.Upstream.Requests);
        Assert.Empty(daemon.Router.Failures);
    }

    [Fact]
    public async Task First_refusal_reaches_the_client_whole_where_the_rest_says_less()
    {
        First.Script = Refuse(429, "queue_full", "512 requests wait on a already", "Retry-After: 17\r\n");
        _second.Script = Refuse(502, "engine_error", "the engine on b does not answer");
        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal((429, "17"), ((int)answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
        Assert.Equal("{\"error\":{\"message\":\"512 requests wait on a already\",\"type\":\"rate_limit_error\",\"param\":null,\"code\":\"queue_full\"}}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(ForwardOutcome.Refused, (await _server.Usage.NextAsync()).Outcome);
    }

    [Theory]
    [InlineData("/v1/messages", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"later\"}}")]
    [InlineData("/api/chat", "{\"error\":\"later\"}")]
    public async Task Refusal_keeps_the_shape_of_its_dialect(string path, string body)
    {
        First.Script = _second.Script = (_, reply) => reply.AnswerAsync(503, "application/json", body, "x-homelab-refused: capacity_timeout\r\nx-should-retry: false\r\n");
        using var answer = await _server.PostAsync(path, Body);

        Assert.Equal((503, "false", body), ((int)answer.StatusCode, answer.Headers.GetValues("x-should-retry").Single(), await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Routers_own_refusal_is_told_where_it_knows_more_than_the_node_did()
    {
        First.Script = Refuse(508, "loop_detected", "a does not delegate");
        _server.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(demand.Excluded.IsEmpty
            ? RouteOutcome.Of(_server.Router.Lease(demand.Model))
            : RouteOutcome.Of(new Refusal(RefusalReason.ModelTooLarge, "tiny needs 80 GiB")));
        using var answer = await _server.PostAsync(Chat, Body);
        Assert.Equal((400, "model_too_large"), ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Node_that_forgot_the_hubs_key_is_the_hubs_trouble_and_not_a_401_for_the_client()
    {
        First.Script = _second.Script = Refuse(401, "invalid_api_key", "a valid API key is required");
        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal((502, "5"), ((int)answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
        Assert.Contains("a does not accept this machine's credential", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_leases_are_the_most_that_one_request_is_tried_with()
    {
        First.Script = Refuse(503, "draining", "no");
        _server.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(RouteOutcome.Of(_server.Router.Lease(demand.Model)));
        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal((503, 3), ((int)answer.StatusCode, First.Requests.Count));
    }

    [Fact]
    public async Task Retries_stop_where_a_fifth_of_the_last_ten_seconds_were_retries()
    {
        First.Script = Refuse(503, "draining", "no");
        for (var i = 0; i < 5; i++)
        {
            using var answer = await _server.PostAsync(Chat, Body);
            Assert.Equal(i < RetryBudget.Least ? 200 : 503, (int)answer.StatusCode);
        }

        _server.Time.Advance(TimeSpan.FromSeconds(RetryBudget.Seconds + 1));
        using var later = await _server.PostAsync(Chat, Body);
        Assert.Equal(200, (int)later.StatusCode);
    }

    [Fact]
    public void Budget_is_a_fifth_of_the_requests_and_three_at_least()
    {
        var time = new FakeTimeProvider();
        var budget = new RetryBudget(time);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => budget.TryTake()));
        for (var i = 0; i < 1000; i++)
        {
            budget.CountRequest();
        }

        Assert.Equal(197, Enumerable.Range(0, 500).Count(_ => budget.TryTake()));
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(budget.TryTake());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, Enumerable.Range(0, 500).Count(_ => budget.TryTake()));
    }

    [Theory]
    [InlineData("node=tower; tier=local-hot; engine=ollama; wait=0.000; load=0.000", "node=tower; tier=cluster-hot; engine=ollama; wait=0.000; load=0.000", "tower")]
    [InlineData("node=x; tier=local-cold", "node=x; tier=cluster-hot", "x")]
    [InlineData("nothing", "nothing", null)]
    public void Route_header_of_another_machine_keeps_all_but_its_tier(string theirs, string ours, string? node) =>
        Assert.Equal((ours, node), (RouteHeader.WithTier(theirs, "cluster-hot"), RouteHeader.NodeOf(theirs)));

    private static Func<UpstreamRequest, UpstreamReply, Task> Refuse(int status, string code, string message, string headers = "") => (_, reply) => reply.AnswerAsync(
        status, "application/json", $"{{\"error\":{{\"message\":\"{message}\",\"type\":\"{(status == 429 ? "rate_limit_error" : "overloaded_error")}\",\"param\":null,\"code\":\"{code}\"}}}}", $"x-homelab-refused: {code}\r\n{headers}");

    private static Task Cut(UpstreamReply reply)
    {
        reply.Cut();
        return Task.CompletedTask;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
