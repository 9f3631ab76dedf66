using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>Requests whose model is not ready: comments on streams, patience and then a refusal on everything else.</summary>
public sealed class WaitingTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Streamed = "{\"model\":\"tiny\",\"messages\":[],\"stream\":true}";

    private readonly TaskCompletionSource<RouteOutcome> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await GatewayServer.StartAsync();
        _server.Router.Route = (demand, cancellation) =>
        {
            demand.Progress.Current = new ProgressReport("loading", "qwen3:8b", 0.41, TimeSpan.FromSeconds(22));
            return new ValueTask<RouteOutcome>(_ready.Task.WaitAsync(cancellation));
        };
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(Chat, "0.32.15-v1-chat-stream")]
    [InlineData("/v1/responses", "0.32.15-v1-responses-stream")]
    [InlineData("/v1/messages", "0.32.15-v1-messages-stream")]
    public async Task Acceptance_03_slow_load_under_a_stream_sends_a_comment_every_interval_and_then_the_stream(string path, string name)
    {
        var recorded = RecordedAnswer.Load(name);
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);
        var posting = _server.PostAsync(path, Streamed);
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        for (var i = 0; i < 3; i++)
        {
            var line = reader.ReadLineAsync();
            await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => line.IsCompleted);
            Assert.Equal(": loading qwen3:8b 41%, 22 s left", await line);
            Assert.Equal("", await reader.ReadLineAsync());
        }

        _ready.SetResult(RouteOutcome.Of(_server.Router.Lease("tiny", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30))));
        var rest = await reader.ReadToEndAsync();

        Assert.Equal(recorded.Body, rest[Math.Max(0, rest.IndexOf(recorded.Body, StringComparison.Ordinal))..]);
        var record = await _server.Usage.NextAsync();
        Assert.Equal((ForwardOutcome.Completed, "local-cold"), (record.Outcome, record.Tier));
        Assert.Equal(0, _server.Router.Leases);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_first_interval()
    {
        var posting = _server.PostAsync(Chat, Streamed);
        await GatewayServer.UntilAsync(() => !_server.Router.Demands.IsEmpty, "the router is asked");
        _server.Time.Advance(TimeSpan.FromSeconds(9));
        _ready.SetResult(RouteOutcome.Of(new Refusal(RefusalReason.LoadFailed, "the file is broken")));
        using var answer = await posting;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("load_failed", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(Chat, "data: {\"error\":{\"message\":\"the file is broken\",\"type\":\"api_error\",\"param\":null,\"code\":\"load_failed\"}}")]
    [InlineData("/v1/messages", "data: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the file is broken\"}}")]
    [InlineData("/v1/responses", "event: error")]
    public async Task Load_that_fails_after_the_headers_ends_the_stream_with_an_error_event(string path, string expected)
    {
        var posting = _server.PostAsync(path, Streamed);
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;
        _ready.SetResult(RouteOutcome.Of(new Refusal(RefusalReason.LoadFailed, "the file is broken")));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal(ForwardOutcome.Refused, (await _server.Usage.NextAsync()).Outcome);
    }

    [Fact]
    public async Task Model_that_cannot_be_served_gets_its_status_and_no_early_200()
    {
        _server.Router.Servable = _ => new Refusal(RefusalReason.ModelTooLarge, "needs 40 GiB, tower has 24");
        var posting = _server.PostAsync(Chat, Streamed);
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
    }

    [Theory]
    [InlineData(Chat, "{\"model\":\"tiny\"}")]
    [InlineData("/api/chat", "{\"model\":\"tiny\",\"messages\":[{}]}")]
    public async Task Answer_that_cannot_carry_comments_is_refused_at_240_seconds_while_the_load_goes_on(string path, string body)
    {
        var posting = _server.PostAsync(path, body);
        await GatewayServer.UntilAsync(() => !_server.Router.Demands.IsEmpty, "the router is asked");
        _server.Time.Advance(TimeSpan.FromSeconds(239));
        Assert.False(posting.IsCompleted);
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("22", answer.Headers.GetValues("Retry-After").Single());
        Assert.False(answer.Headers.Contains("x-should-retry"));
    }

    [Fact]
    public async Task Lease_that_comes_after_the_refusal_goes_back()
    {
        _server.Router.Route = (_, _) => new ValueTask<RouteOutcome>(_ready.Task);
        var posting = _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => posting.IsCompleted);
        using var answer = await posting;
        _ready.SetResult(RouteOutcome.Of(_server.Router.Lease("tiny")));

        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0, "the late lease goes back");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Empty(_server.Upstream.Requests);
    }

    [Fact]
    public async Task Wait_that_breaks_off_by_a_fault_of_ours_still_gives_its_lease_back()
    {
        _server.Router.Route = (_, _) => new ValueTask<RouteOutcome>(_ready.Task);
        _server.Router.Servable = _ => throw new InvalidOperationException("a bug");
        var posting = _server.PostAsync(Chat, Streamed);
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        _ready.SetResult(RouteOutcome.Of(_server.Router.Lease("tiny")));

        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0, "the late lease goes back");
        Assert.Empty(_server.Upstream.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_leaves_while_it_waits_leaves_nothing_behind(bool stream)
    {
        var left = new TaskCompletionSource();
        _server.Router.Route = async (_, cancellation) =>
        {
            try
            {
                return await _ready.Task.WaitAsync(cancellation);
            }
            finally
            {
                left.SetResult();
            }
        };
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(stream ? Streamed : "{\"model\":\"tiny\"}", Encoding.UTF8, "application/json") };
        var sending = _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await GatewayServer.UntilAsync(() => !_server.Router.Demands.IsEmpty, "the router is asked");
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await left.Task;
        var record = await _server.Usage.NextAsync();
        Assert.Equal((ForwardOutcome.ClientGone, 499), (record.Outcome, record.Status));
        Assert.Equal(0, _server.Router.Leases);
        await GatewayServer.UntilAsync(() => _server.Surface.Active == 0, "the request ends");
    }

    [Theory]
    [InlineData("QueueFull", 429, "queue_full", true)]
    [InlineData("CapacityTimeout", 503, "capacity_timeout", true)]
    [InlineData("WouldEvictProtected", 409, "would_evict_protected", false)]
    [InlineData("LoadFailed", 503, "load_failed", false)]
    [InlineData("LoadTimeout", 504, "load_timeout", true)]
    [InlineData("EngineDown", 502, "engine_error", false)]
    [InlineData("Draining", 503, "draining", true)]
    [InlineData("ModelTooLarge", 400, "model_too_large", false)]
    [InlineData("ModelNotFound", 404, "model_not_found", false)]
    public async Task Acceptance_06_refusal_has_its_status_code_and_advice_on_retrying(string reason, int status, string code, bool retry)
    {
        _ready.SetResult(RouteOutcome.Of(new Refusal(Enum.Parse<RefusalReason>(reason), "why")));
        using var answer = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal((status, code), ((int)answer.StatusCode, error["code"]!.GetValue<string>()));
        Assert.NotEqual("server_error", error["type"]!.GetValue<string>());
        Assert.Equal(retry, answer.Headers.RetryAfter is not null);
        Assert.Equal(!retry, answer.Headers.Contains("x-should-retry"));
    }
}
