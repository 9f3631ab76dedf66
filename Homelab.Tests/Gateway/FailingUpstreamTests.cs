using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Gateway;
using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway;

/// <summary>Engines that die, stall, answer garbage or are not there, and clients that leave or stop reading: a clear end for every one, and no lease lost.</summary>
public sealed class FailingUpstreamTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Streamed = "{\"model\":\"tiny\",\"messages\":[{}],\"stream\":true}";

    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync()
    {
        await GatewayServer.UntilAsync(() => _server.Router.Leases == 0, "every lease is back");
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("0.32.15-v1-stream-runner-killed")]
    [InlineData("0.32.1-v1-stream-runner-killed")]
    public async Task Acceptance_04_runner_that_died_under_a_recorded_stream_becomes_one_error_event_and_no_done(string name)
    {
        var recorded = RecordedAnswer.Load(name);
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var answer = await _server.PostAsync(Chat, Streamed);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.StartsWith(recorded.Body, text, StringComparison.Ordinal);
        Assert.Equal("data: {\"error\":{\"message\":\"the engine on tower broke off its answer\",\"type\":\"api_error\",\"param\":null,\"code\":\"engine_error\"}}\n\n", text[recorded.Body.Length..]);
        Assert.Equal(ForwardOutcome.UpstreamCut, (await _server.Usage.NextAsync()).Outcome);
        await AssertNextIsServedAsync();
    }

    [Theory]
    [InlineData(Chat, "text/event-stream", "data: {\"a\":1}\n\n", "data: {\"error\":")]
    [InlineData("/v1/responses", "text/event-stream", "event: response.created\ndata: {}\n\n", "event: error\ndata: {\"type\":\"error\"")]
    [InlineData("/v1/messages", "text/event-stream", "event: message_start\ndata: {}\n\n", "event: error\ndata: {\"type\":\"error\"")]
    [InlineData("/api/chat", "application/x-ndjson", "{\"done\":false}\n", "{\"error\":\"")]
    public async Task Connection_cut_mid_stream_becomes_an_error_in_the_dialect(string path, string type, string begin, string error)
    {
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync(type);
            await reply.ChunkAsync(begin);
            await reply.ChunkAsync("data: half");
            reply.Cut();
        };

        using var answer = await _server.PostAsync(path, Streamed);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.StartsWith(begin + error, text, StringComparison.Ordinal);
        Assert.DoesNotContain("half", text, StringComparison.Ordinal);
        Assert.Equal(ForwardOutcome.UpstreamCut, (await _server.Usage.NextAsync()).Outcome);
        await AssertNextIsServedAsync();
    }

    [Fact]
    public async Task Document_that_is_cut_cannot_be_taken_for_whole()
    {
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.RawAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"half\":"u8.ToArray());
            reply.Cut();
        };

        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var answer = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
            await answer.Content.ReadAsStringAsync();
        });
        Assert.Equal(ForwardOutcome.UpstreamCut, (await _server.Usage.NextAsync()).Outcome);
        await AssertNextIsServedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage garbage\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Len")]
    public async Task Engine_that_answers_nothing_or_garbage_is_a_502_and_asked_only_once(string garbage)
    {
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.RawAsync(Encoding.ASCII.GetBytes(garbage));
            reply.Cut();
        };

        using var answer = await _server.PostAsync(Chat, Streamed);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("engine_error", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
        Assert.Single(_server.Upstream.Requests);
        Assert.Equal(ForwardOutcome.UpstreamUnreachable, (await _server.Usage.NextAsync()).Outcome);
        await AssertNextIsServedAsync();
    }

    [Fact]
    public async Task Acceptance_05_engine_that_is_gone_is_routed_once_more_before_the_first_byte()
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var alive = _server.Router.Upstream;
        using var nobody = new UpstreamPool(new Uri($"http://127.0.0.1:{port}"), _server.Time);
        var dead = alive with { Pool = nobody };
        var asked = 0;
        _server.Router.Route = (demand, _) =>
        {
            _server.Router.Upstream = ++asked == 1 ? dead : alive;
            return new ValueTask<RouteOutcome>(RouteOutcome.Of(_server.Router.Lease(demand.Model)));
        };

        using var answer = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, asked));

        _server.Router.Route = (demand, _) =>
        {
            asked++;
            _server.Router.Upstream = dead;
            return new ValueTask<RouteOutcome>(RouteOutcome.Of(_server.Router.Lease(demand.Model)));
        };
        using var refused = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        Assert.Equal((HttpStatusCode.BadGateway, 4), (refused.StatusCode, asked));
    }

    [Fact]
    public async Task Acceptance_07_engine_that_is_back_gets_traffic_without_a_restart()
    {
        _server.Upstream.Script = (_, reply) =>
        {
            reply.Cut();
            return Task.CompletedTask;
        };
        using var down = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        Assert.Equal(HttpStatusCode.BadGateway, down.StatusCode);
        await AssertNextIsServedAsync();
    }

    [Fact]
    public async Task Engine_that_falls_silent_mid_stream_gets_an_error_event_at_the_idle_time_out()
    {
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync("text/event-stream");
            await reply.ChunkAsync("data: {\"a\":1}\n\n");
            await reply.Gone;
        };
        using var answer = await _server.PostAsync(Chat, Streamed);
        var reading = answer.Content.ReadAsStringAsync();
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => reading.IsCompleted);

        Assert.Contains("sent nothing for 300 s", await reading, StringComparison.Ordinal);
        Assert.Equal(ForwardOutcome.UpstreamStalled, (await _server.Usage.NextAsync()).Outcome);
        await GatewayServer.UntilAsync(() => _server.Upstream.OpenConnections == 0, "the engine's connection closes");
    }

    [Fact]
    public async Task Engine_may_think_for_ten_minutes_before_its_first_byte_where_no_limit_is_set()
    {
        var go = new TaskCompletionSource();
        _server.Upstream.Script = async (_, reply) =>
        {
            await go.Task;
            await reply.JsonAsync(200, "{}");
        };
        var posting = _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        await GatewayServer.UntilAsync(() => !_server.Upstream.Requests.IsEmpty, "the engine is asked");
        for (var i = 0; i < 60; i++)
        {
            _server.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.False(posting.IsCompleted);
        go.SetResult();
        using var answer = await posting;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task First_byte_time_out_is_a_502_where_one_is_set()
    {
        await using var server = await GatewayServer.StartAsync(o => o with { FirstByteTimeout = TimeSpan.FromSeconds(30) });
        server.Upstream.Script = (_, reply) => reply.Gone;
        var posting = server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        await server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => posting.IsCompleted);
        using var answer = await posting;

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal(ForwardOutcome.UpstreamStalled, (await server.Usage.NextAsync()).Outcome);
        Assert.Equal(0, server.Router.Leases);
    }

    [Fact]
    public async Task Acceptance_09_client_that_cancels_mid_decode_closes_the_engines_connection()
    {
        var gone = new TaskCompletionSource();
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync("text/event-stream");
            await reply.ChunkAsync("data: {\"a\":1}\n\n");
            await reply.Gone;
            gone.SetResult();
        };
        using (var answer = await _server.PostAsync(Chat, Streamed))
        {
            await (await answer.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[10]);
        }

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Equal(ForwardOutcome.ClientGone, (await _server.Usage.NextAsync()).Outcome);
    }

    [Fact]
    public async Task Client_that_leaves_before_the_first_byte_closes_the_engines_connection()
    {
        var gone = new TaskCompletionSource();
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.Gone;
            gone.SetResult();
        };
        using (var client = await _server.ConnectAsync())
        {
            await client.GetStream().WriteAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{\"model\":\"tiny\"}"u8.ToArray());
            await GatewayServer.UntilAsync(() => !_server.Upstream.Requests.IsEmpty, "the engine is asked");
        }

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        var record = await _server.Usage.NextAsync();
        Assert.Equal((ForwardOutcome.ClientGone, 499), (record.Outcome, record.Status));
    }

    [Fact]
    public async Task Client_that_stops_reading_is_cut_off_with_its_upstream_after_a_minute()
    {
        var gone = new TaskCompletionSource();
        _server.Upstream.Script = async (_, reply) =>
        {
            var chunk = "data: " + new string('x', 60_000) + "\n\n";
            try
            {
                await reply.StartAsync("text/event-stream");
                while (true)
                {
                    await reply.ChunkAsync(chunk);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                gone.SetResult();
                throw;
            }
        };
        using var client = await _server.ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Streamed.Length}\r\n\r\n{Streamed}"));
        await _server.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => gone.Task.IsCompleted);

        Assert.Equal(ForwardOutcome.ClientStalled, (await _server.Usage.NextAsync()).Outcome);
    }

    [Theory]
    [InlineData(500, "application/json", "{\"error\":{\"message\":\"boom\",\"type\":\"api_error\",\"param\":null,\"code\":null}}", 500, "{\"error\":{\"message\":\"boom\",\"type\":\"api_error\",\"param\":null,\"code\":null}}")]
    [InlineData(400, "application/json", "{\"error\":\"tools are not supported\"}", 400, "{\"error\":{\"message\":\"tools are not supported\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_request\"}}")]
    [InlineData(404, "text/plain", "404 page not found", 404, "{\"error\":{\"message\":\"the engine on tower does not serve /v1/chat/completions\",\"type\":\"not_found_error\",\"param\":null,\"code\":\"not_found\"}}")]
    [InlineData(502, "text/html", "<html>bad gateway</html>", 502, "{\"error\":{\"message\":\"the engine on tower answered 502\",\"type\":\"api_error\",\"param\":null,\"code\":\"engine_error\"}}")]
    public async Task Engine_error_reaches_openai_clients_in_their_shape(int status, string type, string body, int expectedStatus, string expected)
    {
        _server.Upstream.Script = (_, reply) => reply.AnswerAsync(status, type, body);

        using var answer = await _server.PostAsync(Chat, Streamed);

        Assert.Equal((expectedStatus, expected), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal((ForwardOutcome.Completed, status), (await _server.Usage.NextAsync() is var r ? (r.Outcome, r.Status) : default));
    }

    [Fact]
    public async Task Recorded_unknown_model_error_passes_as_it_is()
    {
        var recorded = RecordedAnswer.Load("0.32.15-v1-chat-unknown-model");
        _server.Upstream.Script = (_, reply) => reply.AnswerAsync(recorded.Status, recorded.ContentType, recorded.Body);

        using var answer = await _server.PostAsync(recorded.Path, "{\"model\":\"gone\"}");

        Assert.Equal((recorded.Status, recorded.Body), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData("/api/chat")]
    public async Task Recorded_busy_engine_is_a_full_queue_with_retry_after(string path)
    {
        var recorded = RecordedAnswer.Load("0.32.15-queue-tiny-2");
        _server.Upstream.Script = (_, reply) => reply.AnswerAsync(recorded.Status, recorded.ContentType, recorded.Body);

        using var answer = await _server.PostAsync(path, Streamed);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal("5", answer.Headers.GetValues("Retry-After").Single());
    }

    private async Task AssertNextIsServedAsync()
    {
        _server.Upstream.Script = (_, reply) => reply.JsonAsync(200, "{\"next\":true}");
        using var next = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
        Assert.Equal("{\"next\":true}", await next.Content.ReadAsStringAsync());
    }
}
