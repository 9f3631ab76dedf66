using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>What real clients send and rely on, one test a line of the list that was measured from fifteen of them.</summary>
public sealed class ClientContractTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Streamed = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}";

    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("0.32.15-v1-chat-stream")]
    [InlineData("0.32.15-v1-responses-stream")]
    [InlineData("0.32.15-v1-messages-stream")]
    [InlineData("0.32.15-v1-completions-stream")]
    [InlineData("0.32.15-chat-stream")]
    public async Task Recorded_stream_of_every_dialect_arrives_as_it_was(string name)
    {
        var recorded = RecordedAnswer.Load(name);
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var answer = await _server.PostAsync(recorded.Path, recorded.Request, ("Accept-Encoding", "gzip, deflate, br, zstd"));

        Assert.Equal(recorded.ContentType, answer.Content.Headers.ContentType?.ToString());
        Assert.Null(answer.Content.Headers.ContentLength);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal(recorded.Body, await answer.Content.ReadAsStringAsync());
        Assert.Equal("identity", _server.Upstream.Last.Header("Accept-Encoding"));
        Assert.Equal(ForwardOutcome.Completed, (await _server.Usage.NextAsync()).Outcome);
    }

    [Fact]
    public async Task Usage_is_asked_of_the_engine_counted_and_hidden_from_a_client_who_did_not_ask()
    {
        var recorded = RecordedAnswer.Load("0.32.15-v1-chat-stream-usage");
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var hidden = await _server.PostAsync(Chat, Streamed);
        var text = await hidden.Content.ReadAsStringAsync();
        Assert.DoesNotContain("usage", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains("\"stream_options\":{\"include_usage\":true}", _server.Upstream.Last.Text, StringComparison.Ordinal);
        var record = await _server.Usage.NextAsync();
        Assert.Equal((48L, 4L), (record.PromptTokens, record.CompletionTokens));

        using var shown = await _server.PostAsync(Chat, recorded.Request);
        Assert.Equal(recorded.Body, await shown.Content.ReadAsStringAsync());
        Assert.Equal(recorded.Request, _server.Upstream.Last.Text);
    }

    [Fact]
    public async Task Non_stream_is_not_asked_for_usage_and_passes_untouched()
    {
        var recorded = RecordedAnswer.Load("0.32.15-v1-chat");
        _server.Upstream.Script = (_, reply) => reply.JsonAsync(200, recorded.Body);

        using var answer = await _server.PostAsync(Chat, recorded.Request);

        Assert.Equal(recorded.Body, await answer.Content.ReadAsStringAsync());
        Assert.Equal(recorded.Request, _server.Upstream.Last.Text);
        Assert.Equal((48L, 8L), (await _server.Usage.NextAsync() is var r ? (r.PromptTokens, r.CompletionTokens) : default));
    }

    [Fact]
    public async Task Unknown_fields_null_content_parts_and_the_developer_role_reach_the_engine_byte_for_byte()
    {
        const string Body = "{ \"model\" : \"tiny\" ,\n \"x_unknown\":[1,2.50,{\"a\":null}], \"messages\":[{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"\\u00fc\"}]},{\"role\":\"assistant\",\"content\":null}] }";

        using var answer = await _server.PostAsync(Chat, Body);

        Assert.Equal(Body, _server.Upstream.Last.Text);
        Assert.Equal(Body.Length.ToString(CultureInfo.InvariantCulture), _server.Upstream.Last.Header("Content-Length"));
    }

    [Fact]
    public async Task Alias_is_spliced_and_the_query_string_kept()
    {
        _server.Router.Aliases["claude"] = "qwen3:8b";

        using var answer = await _server.PostAsync("/v1/messages?beta=true", "{\"model\":\"claude\",\"messages\":[]}", ("anthropic-beta", "a,b"), ("anthropic-version", "2023-06-01"));

        Assert.Equal("{\"model\":\"qwen3:8b\",\"messages\":[]}", _server.Upstream.Last.Text);
        Assert.Equal("/v1/messages?beta=true", _server.Upstream.Last.Target);
        Assert.Equal("a,b", _server.Upstream.Last.Header("anthropic-beta"));
    }

    [Fact]
    public async Task Answer_says_which_node_served_it_and_keeps_a_sane_request_id()
    {
        _server.Upstream.Script = (_, reply) => reply.AnswerAsync(200, "application/json", "{}", "X-Engine: yes\r\nSet-Cookie: a=b\r\nAccess-Control-Allow-Origin: *\r\nKeep-Alive: timeout=5\r\n");

        using var kept = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}", ("x-request-id", "req_7:a.b-c"));
        using var made = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}", ("x-request-id", new string('x', 200)));

        Assert.Equal("node=tower; tier=local-hot; engine=ollama; wait=0.000; load=0.000", kept.Headers.GetValues("x-homelab-route").Single());
        Assert.Equal("req_7:a.b-c", kept.Headers.GetValues("x-request-id").Single());
        Assert.InRange(made.Headers.GetValues("x-request-id").Single().Length, 1, 60);
        Assert.Equal("yes", kept.Headers.GetValues("X-Engine").Single());
        Assert.False(kept.Headers.Contains("Set-Cookie"));
        Assert.False(kept.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(kept.Headers.Contains("Keep-Alive"));
    }

    [Fact]
    public async Task Errors_are_json_in_the_dialect_on_every_path()
    {
        foreach (var (path, dialect) in new[] { (Chat, "openai"), ("/v1/responses", "openai"), ("/v1/messages", "anthropic"), ("/api/chat", "ollama"), ("/v1/nothing", "openai") })
        {
            using var answer = await _server.PostAsync(path, "{\"model\":\"nope\"}");
            var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
            var message = dialect switch
            {
                "openai" => Shape(error["error"]!["type"], error["error"]!["code"], error["error"]!["message"]),
                "anthropic" => Shape(error["error"]!["type"], JsonValue.Create(error["type"]!.GetValue<string>() == "error" ? "model_not_found" : ""), error["error"]!["message"]),
                _ => error["error"]!.GetValue<string>(),
            };
            Assert.Contains("nope", message, StringComparison.Ordinal);
        }

        static string Shape(JsonNode? type, JsonNode? code, JsonNode? message)
        {
            Assert.Equal("not_found_error", type!.GetValue<string>());
            Assert.Equal("model_not_found", code!.GetValue<string>());
            return message!.GetValue<string>();
        }
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("GET", "/api/generate", 405)]
    [InlineData("POST", "/api/tags", 405)]
    [InlineData("DELETE", "/v1/models/x", 405)]
    [InlineData("POST", "/healthz", 405)]
    [InlineData("POST", "/v1/../api/create", 403)]
    [InlineData("POST", "/v1/a/%2e%2e/%2e%2e/api/copy", 403)]
    [InlineData("POST", "/v1/..%2fapi%2fcreate", 404)]
    [InlineData("POST", "/api/create", 403)]
    [InlineData("POST", "/api/blobs/sha256:0", 403)]
    [InlineData("HEAD", "/api/blobs/sha256:0", 403)]
    [InlineData("POST", "/api/push", 403)]
    [InlineData("POST", "/api/copy", 403)]
    [InlineData("GET", "/forgotten", 404)]
    public async Task What_is_not_served_is_refused_in_json(string method, string path, int status)
    {
        var text = await _server.RawAsync($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json", text, StringComparison.Ordinal);
        Assert.Empty(_server.Upstream.Requests);
        if (method != "HEAD")
        {
            Assert.NotNull(JsonNode.Parse(text[text.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])?["error"]);
        }
    }

    [Fact]
    public async Task Chunked_body_with_expect_100_continue_is_taken()
    {
        using var client = await _server.ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"u8.ToArray());
        var buffer = new byte[25];
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(buffer));
        await stream.WriteAsync("8\r\n{\"model\"\r\n8\r\n:\"tiny\"}\r\n0\r\n\r\n"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 200 ", await new StreamReader(stream).ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal("{\"model\":\"tiny\"}", _server.Upstream.Last.Text);
        Assert.Equal("16", _server.Upstream.Last.Header("Content-Length"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    public async Task Json_is_taken_under_the_types_that_tools_give_it(string? type)
    {
        using var content = new ByteArrayContent("{\"model\":\"tiny\"}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await _server.SendAsync(HttpMethod.Post, Chat, content);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", _server.Upstream.Last.Header("Content-Type"));
    }

    [Fact]
    public async Task Image_of_twenty_megabytes_reaches_the_engine_whole()
    {
        var image = new string('A', 21 << 20);

        using var answer = await _server.PostAsync(Chat, "{\"messages\":[{\"content\":\"" + image + "\"}],\"model\":\"tiny\"}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(image.Length + 44, _server.Upstream.Last.Body.Length);
    }

    [Fact]
    public async Task Gzip_body_is_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync("{\"model\":\"tiny\",\"x\":1}"u8.ToArray());
        }

        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");
        using var answer = await _server.SendAsync(HttpMethod.Post, Chat, content);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("{\"model\":\"tiny\",\"x\":1}", _server.Upstream.Last.Text);
        Assert.Null(_server.Upstream.Last.Header("Content-Encoding"));
    }

    [Fact]
    public async Task Multipart_form_is_routed_by_its_model_part()
    {
        _server.Router.Aliases["whisper-1"] = "whisper:large";
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[100_000]), "file", "a.wav" }, { new StringContent("whisper-1"), "model" } };

        using var answer = await _server.SendAsync(HttpMethod.Post, "/v1/audio/transcriptions", form);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("whisper-1", _server.Router.Demands.Single().Model);
        Assert.Equal("/v1/audio/transcriptions", _server.Upstream.Last.Target);
        Assert.Contains("\r\nwhisper:large\r\n", _server.Upstream.Last.Text, StringComparison.Ordinal);
        Assert.StartsWith("multipart/form-data; boundary=", _server.Upstream.Last.Header("Content-Type"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?model=other")]
    [InlineData("?a=1&mod%65l=other")]
    public async Task Form_whose_query_names_a_model_too_is_refused_because_the_engine_would_take_that_one(string query)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[10]), "file", "a.wav" }, { new StringContent("tiny"), "model" } };

        using var answer = await _server.SendAsync(HttpMethod.Post, "/v1/audio/transcriptions" + query, form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(_server.Router.Demands);
        Assert.Empty(_server.Upstream.Requests);
    }

    [Fact]
    public async Task Stream_has_one_id_one_role_of_the_assistant_and_one_finish_reason_with_the_usage_chunk_taken_out()
    {
        var recorded = RecordedAnswer.Load("0.32.15-v1-chat-stream-usage");
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var answer = await _server.PostAsync(Chat, Streamed);
        var events = (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var chunks = events.SkipLast(1).Select(e => JsonNode.Parse(e["data: ".Length..])!).ToList();

        Assert.Equal("data: [DONE]", events[^1]);
        Assert.Single(chunks.Select(c => c["id"]!.GetValue<string>()).Distinct());
        Assert.All(chunks, c => Assert.Equal("chat.completion.chunk", c["object"]!.GetValue<string>()));
        Assert.All(chunks, c => Assert.Single(c["choices"]!.AsArray()));
        Assert.Single(chunks, c => c["choices"]![0]!["finish_reason"] is not null);
        Assert.NotNull(chunks[^1]["choices"]![0]!["finish_reason"]);
    }

    [Theory]
    [InlineData("/v1/responses", "0.32.15-v1-responses-stream", "event: response.completed\n")]
    [InlineData("/v1/messages", "0.32.15-v1-messages-stream", "event: message_stop\n")]
    public async Task Stream_of_named_events_ends_with_its_own_last_event_and_no_done(string path, string name, string last)
    {
        var recorded = RecordedAnswer.Load(name);
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var answer = await _server.PostAsync(path, Streamed);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.StartsWith(last, text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1] + "\n", StringComparison.Ordinal);
        Assert.All(text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries), e => Assert.StartsWith("event: ", e, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Embeddings_asked_for_in_base64_come_as_the_engine_made_them()
    {
        var vector = Convert.ToBase64String(new byte[] { 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0 });
        _server.Upstream.Script = (_, reply) => reply.JsonAsync(200, "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"embedding\":\"" + vector + "\",\"index\":0}],\"model\":\"tiny\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}\n");

        using var answer = await _server.PostAsync("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"a\",\"encoding_format\":\"base64\"}");
        var bytes = Convert.FromBase64String(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["data"]![0]!["embedding"]!.GetValue<string>());

        Assert.Equal((1f, -2f), (BitConverter.ToSingle(bytes, 0), BitConverter.ToSingle(bytes, 4)));
        Assert.Contains("\"encoding_format\":\"base64\"", _server.Upstream.Last.Text, StringComparison.Ordinal);
        Assert.Equal(2L, (await _server.Usage.NextAsync()).PromptTokens);
    }

    [Fact]
    public async Task Two_requests_at_once_for_one_model_are_both_under_way_before_either_ends()
    {
        var both = new CountdownEvent(2);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Upstream.Script = async (_, reply) =>
        {
            if (both.Signal())
            {
                go.SetResult();
            }

            await go.Task;
            await reply.JsonAsync(200, "{}");
        };

        var answers = await Task.WhenAll(_server.PostAsync(Chat, "{\"model\":\"tiny\"}"), _server.PostAsync(Chat, Streamed));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        both.Dispose();
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Client_keeps_its_connection_over_answers_refusals_and_streams()
    {
        using var client = await _server.ConnectAsync();
        var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        foreach (var (body, status) in new[] { ("{\"model\":\"tiny\"}", 200), ("{\"model\":\"nope\"}", 404), ("{\"model\":7}", 400), ("{\"model\":\"tiny\"}", 200) })
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            Assert.StartsWith($"HTTP/1.1 {status} ", await reader.ReadLineAsync(), StringComparison.Ordinal);
            var length = 0;
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                length = header.StartsWith("Content-Length: ", StringComparison.Ordinal) ? int.Parse(header["Content-Length: ".Length..], CultureInfo.InvariantCulture) : length;
            }

            Assert.Equal(length, await reader.ReadBlockAsync(new char[length]));
        }
    }

    [Fact]
    public async Task Anthropic_clients_find_the_request_id_where_their_sdk_reads_it()
    {
        using var message = await _server.PostAsync("/v1/messages", "{\"model\":\"tiny\",\"messages\":[]}");
        using var refused = await _server.PostAsync("/v1/messages", "{\"model\":\"nope\"}");
        using var chat = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");

        Assert.Equal(message.Headers.GetValues("x-request-id").Single(), message.Headers.GetValues("request-id").Single());
        Assert.Equal(refused.Headers.GetValues("x-request-id").Single(), refused.Headers.GetValues("request-id").Single());
        Assert.False(chat.Headers.Contains("request-id"));
    }

    [Fact]
    public async Task Acceptance_08_responses_shaped_body_on_chat_completions_is_answered()
    {
        using var answer = await _server.PostAsync(Chat, "{\"model\":\"tiny\",\"input\":\"hi\",\"max_output_tokens\":3}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("{\"model\":\"tiny\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", _server.Upstream.Last.Text);
    }

    [Fact]
    public async Task Completion_limit_reaches_ollama_as_max_tokens_and_a_hub_is_only_asked_for_the_usage()
    {
        const string Body = "{\"model\":\"tiny\",\"max_completion_tokens\":3,\"stream\":true}";
        using var engine = await _server.PostAsync(Chat, Body);
        Assert.Contains("\"max_tokens\":3", _server.Upstream.Last.Text, StringComparison.Ordinal);

        await using var delegating = await GatewayServer.StartAsync(isEngine: false);
        using var hub = await delegating.PostAsync(Chat, Body);
        Assert.Equal("{\"stream_options\":{\"include_usage\":true},\"model\":\"tiny\",\"max_completion_tokens\":3,\"stream\":true}", delegating.Upstream.Last.Text);
    }

    [Fact]
    public async Task Context_guard_keeps_native_options_from_the_engine_and_counts_them_as_demand()
    {
        using var answer = await _server.PostAsync("/api/chat", "{\"model\":\"tiny\",\"messages\":[{}],\"keep_alive\":-1,\"options\":{\"num_ctx\":8192,\"seed\":1}}");

        Assert.Equal("{\"model\":\"tiny\",\"messages\":[{}],\"options\":{\"seed\":1}}", _server.Upstream.Last.Text);
        var demand = _server.Router.Demands.Single();
        Assert.Equal((8192, Timeout.InfiniteTimeSpan, true), (demand.Context, demand.KeepAlive, demand.Stream));
    }

    [Fact]
    public async Task Keep_alive_connections_are_reused_towards_the_engine()
    {
        for (var i = 0; i < 5; i++)
        {
            using var answer = await _server.PostAsync(Chat, "{\"model\":\"tiny\"}");
            Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(1, _server.Upstream.OpenConnections);
    }

    [Theory]
    [InlineData("/v1/chat/completions/")]
    [InlineData("/v1/rerank")]
    public async Task Trailing_slash_and_other_v1_posts_are_forwarded(string path)
    {
        using var answer = await _server.PostAsync(path, "{\"model\":\"tiny\"}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(path.TrimEnd('/'), _server.Upstream.Last.Target);
    }

    [Fact]
    public async Task Codex_that_closes_right_after_response_completed_is_no_failure()
    {
        var recorded = RecordedAnswer.Load("0.32.15-v1-responses-stream");
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync("text/event-stream");
            await reply.ChunkAsync(recorded.Body);
            await reply.Gone;
        };

        using (var answer = await _server.PostAsync("/v1/responses", recorded.Request))
        await using (var stream = await answer.Content.ReadAsStreamAsync())
        {
            var read = 0;
            while (read < Encoding.UTF8.GetByteCount(recorded.Body))
            {
                read += await stream.ReadAsync(new byte[4096]);
            }
        }

        var record = await _server.Usage.NextAsync();
        Assert.Equal((ForwardOutcome.Completed, 200), (record.Outcome, record.Status));
        Assert.Equal((48L, 4L), (record.PromptTokens, record.CompletionTokens));
        Assert.Equal(0, _server.Router.Leases);
    }
}
