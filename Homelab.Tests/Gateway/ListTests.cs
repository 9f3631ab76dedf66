using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>Model lists, version, show, pull, delete, load and unload: the parts of the surface that are not inference.</summary>
public sealed class ListTests : IAsyncLifetime
{
    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Empty_list_has_data_that_is_a_list_and_not_null()
    {
        Assert.Equal("{\"object\":\"list\",\"data\":[]}", await _server.Client.GetStringAsync("/v1/models"));
        Assert.Equal("{\"models\":[]}", await _server.Client.GetStringAsync("/api/tags"));
        Assert.Equal("{\"models\":[]}", await _server.Client.GetStringAsync("/api/ps/"));
    }

    [Fact]
    public async Task Models_carry_what_pickers_read_and_the_engines_own_entries_pass_as_they_are()
    {
        Fill();
        var models = JsonNode.Parse(await _server.Client.GetStringAsync("/v1/models/"))!["data"]!.AsArray();
        Assert.Equal(["hf.co/a/b:q4", "qwen3:8b", "chat"], models.Select(m => m!["id"]!.GetValue<string>()));
        Assert.Equal((1795443198L, "model", "library", "hot"), (models[1]!["created"]!.GetValue<long>(), models[1]!["object"]!.GetValue<string>(), models[1]!["owned_by"]!.GetValue<string>(), models[1]!["state"]!.GetValue<string>()));
        var tags = await _server.Client.GetStringAsync("/api/tags");
        Assert.Contains("{\"name\":\"qwen3:8b\",\"size\":1.50}", tags, StringComparison.Ordinal);
        Assert.Equal(3, JsonNode.Parse(tags)!["models"]!.AsArray().Count);
        Assert.Equal("{\"models\":[{\"name\":\"qwen3:8b\",\"size_vram\":7}]}", await _server.Client.GetStringAsync("/api/ps"));
    }

    [Theory]
    [InlineData("/v1/models/qwen3:8b", "qwen3:8b")]
    [InlineData("/v1/models/qwen3%3A8b", "qwen3:8b")]
    [InlineData("/v1/models/QWEN3:8b/", "QWEN3:8b")]
    [InlineData("/v1/models/hf.co/a/b:q4", "hf.co/a/b:q4")]
    [InlineData("/v1/models/hf.co%2Fa%2Fb:q4", "hf.co/a/b:q4")]
    [InlineData("/v1/models/chat", "chat")]
    public async Task One_model_is_found_with_colons_and_slashes_in_its_id(string path, string id)
    {
        Fill();
        Assert.Equal(id, JsonNode.Parse(await _server.Client.GetStringAsync(path))!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Unknown_model_id_is_a_404_that_names_it()
    {
        using var answer = await _server.Client.GetAsync("/v1/models/a%2Fb:c");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("'a/b:c'", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "Ollama is running")]
    [InlineData("/v1/models", "")]
    [InlineData("/api/tags", "")]
    [InlineData("/api/version", "")]
    public async Task Head_is_get_without_a_body(string path, string text)
    {
        _server.Upstream.Script = (_, reply) => reply.JsonAsync(200, "{\"version\":\"0.32.15\"}");
        using var answer = await _server.SendAsync(HttpMethod.Head, path, null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength >= text.Length);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Root_says_that_ollama_is_running() => Assert.Equal("Ollama is running", await _server.Client.GetStringAsync("/"));

    [Fact]
    public async Task Version_is_the_engines_and_the_last_known_one_while_it_is_down()
    {
        _server.Upstream.Script = (request, reply) => reply.JsonAsync(200, request.Target == "/api/version" ? "{\"version\":\"0.32.15\"}" : "{}");
        Assert.Equal("{\"version\":\"0.32.15\"}", await _server.Client.GetStringAsync("/api/version"));
        _server.Router.EngineUp = false;
        Assert.Equal("{\"version\":\"0.32.15\"}", await _server.Client.GetStringAsync("/api/version"));
    }

    [Fact]
    public async Task Version_of_an_engine_that_never_answered_is_a_502()
    {
        _server.Router.EngineUp = false;
        using var answer = await _server.Client.GetAsync("/api/version");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Fact]
    public async Task Acceptance_10_reading_lists_a_hundred_times_takes_no_lease_and_asks_no_engine()
    {
        Fill();
        for (var i = 0; i < 100; i++)
        {
            foreach (var path in (string[])["/v1/models", "/v1/models/qwen3:8b", "/api/tags", "/api/ps", "/", "/healthz", "/homelab/v1/status"])
            {
                using var answer = await _server.Client.GetAsync(path);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }

        Assert.Empty(_server.Router.Demands);
        Assert.Empty(_server.Upstream.Requests);
    }

    [Theory]
    [InlineData("POST", "/api/show", "{\"model\":\"chat\",\"verbose\":true}", "{\"model\":\"qwen3:8b\",\"verbose\":true}")]
    [InlineData("POST", "/api/show", "{\"name\":\"chat\"}", "{\"name\":\"qwen3:8b\"}")]
    [InlineData("DELETE", "/api/delete", "{\"model\":\"chat\"}", "{\"model\":\"qwen3:8b\"}")]
    public async Task Show_and_delete_go_to_the_engine_without_a_lease(string method, string path, string body, string expected)
    {
        _server.Router.Aliases["chat"] = "qwen3:8b";
        using var content = new StringContent(body);

        using var answer = await _server.SendAsync(new HttpMethod(method), path, content);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((method, path, expected), (_server.Upstream.Last.Method, _server.Upstream.Last.Target, _server.Upstream.Last.Text));
        Assert.Empty(_server.Router.Demands);
    }

    [Fact]
    public async Task Pull_streams_through_as_it_comes()
    {
        var go = new TaskCompletionSource();
        _server.Upstream.Script = async (_, reply) =>
        {
            await reply.StartAsync("application/x-ndjson");
            await reply.ChunkAsync("{\"status\":\"pulling manifest\"}\n");
            await go.Task;
            await reply.ChunkAsync("{\"status\":\"success\"}\n");
            await reply.EndAsync();
        };

        using var answer = await _server.PostAsync("/api/pull", "{\"model\":\"tiny\"}");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("{\"status\":\"pulling manifest\"}", await reader.ReadLineAsync());
        go.SetResult();
        Assert.Equal("{\"status\":\"success\"}\n", await reader.ReadToEndAsync());
        Assert.Equal(ForwardOutcome.Completed, (await _server.Usage.NextAsync()).Outcome);
    }

    [Theory]
    [InlineData("/api/generate", "{\"model\":\"tiny\",\"keep_alive\":0}", "response")]
    [InlineData("/api/generate", "{\"model\":\"tiny\",\"prompt\":\"\",\"keep_alive\":\"0s\"}", "response")]
    [InlineData("/api/chat", "{\"model\":\"tiny\",\"messages\":[],\"keep_alive\":0}", "message")]
    public async Task Empty_request_with_keep_alive_zero_unloads_through_the_router(string path, string body, string member)
    {
        using var answer = await _server.PostAsync(path, body);
        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

        Assert.Equal(("tiny", true, "unload"), (told["model"]!.GetValue<string>(), told["done"]!.GetValue<bool>(), told["done_reason"]!.GetValue<string>()));
        Assert.NotNull(told[member]);
        Assert.Equal(["tiny"], _server.Router.Unloads);
        Assert.Empty(_server.Upstream.Requests);
    }

    [Fact]
    public async Task Unload_of_an_unknown_model_is_a_404()
    {
        using var answer = await _server.PostAsync("/api/generate", "{\"model\":\"nope\",\"keep_alive\":0}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/generate", "{\"model\":\"tiny\",\"keep_alive\":\"10m\"}", "{\"model\":\"tiny\"}")]
    [InlineData("/api/generate", "{\"model\":\"tiny\",\"prompt\":\"x\",\"keep_alive\":0}", "{\"model\":\"tiny\",\"prompt\":\"x\"}")]
    public async Task Empty_request_otherwise_loads_through_a_lease(string path, string body, string expected)
    {
        using var answer = await _server.PostAsync(path, body);

        Assert.Equal(expected, _server.Upstream.Last.Text);
        Assert.Single(_server.Router.Demands);
        Assert.Empty(_server.Router.Unloads);
    }

    [Fact]
    public async Task Token_count_is_estimated_and_says_so()
    {
        var body = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"" + new string('a', 400) + "\"}]}";
        using var answer = await _server.PostAsync("/v1/messages/count_tokens?beta=true", body);

        Assert.Equal("true", answer.Headers.GetValues("x-homelab-estimate").Single());
        Assert.Equal((body.Length + 3) / 4, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["input_tokens"]!.GetValue<int>());
        Assert.Empty(_server.Router.Demands);
        using var unknown = await _server.PostAsync("/v1/messages/count_tokens", "{\"model\":\"nope\",\"messages\":[]}");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private void Fill()
    {
        var created = DateTimeOffset.FromUnixTimeSeconds(1795443198);
        _server.Router.Models.Add(new ServableModel("hf.co/a/b:q4", false, "on_disk", created, Json("{\"name\":\"hf.co/a/b:q4\"}"), default, false));
        _server.Router.Models.Add(new ServableModel("qwen3:8b", false, "hot", created, Json("{\"name\":\"qwen3:8b\",\"size\":1.50}"), Json("{\"name\":\"qwen3:8b\",\"size_vram\":7}"), false));
        _server.Router.Models.Add(new ServableModel("chat", true, "hot", created, default, default, false));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
