using System.Net;
using System.Text.Json.Nodes;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>Cursor with a base URL of the user's: it posts a Responses-shaped body to <c>/v1/chat/completions</c> and reads chat chunks. The body is put together
/// from what its users captured (forum.cursor.com threads 159298 and 153019).</summary>
public sealed class CursorTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private const string Agent = """
        {"model":"gpt-5.5","user":"google-oauth2|1","input":[
          {"role":"system","content":"You are a coding agent."},
          {"role":"developer","content":[{"type":"input_text","text":"Rules."}]},
          {"role":"user","content":[{"type":"input_text","text":"list files"},{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,AA=="}]},
          {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"xx"},
          {"role":"assistant","content":[{"type":"output_text","text":"I look.","annotations":[]}]},
          {"type":"function_call","call_id":"call_1","name":"Shell","arguments":"{\"command\":\"ls\"}","status":"completed"},
          {"type":"custom_tool_call","call_id":"call_2","name":"ApplyPatch","input":"*** Begin Patch\n\"x\""},
          {"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"a.txt\n"},{"type":"input_text","text":"b.txt"}]},
          {"type":"custom_tool_call_output","call_id":"call_2","output":"done"}],
         "tools":[{"type":"function","name":"Shell","description":"Runs","parameters":{"type":"object","properties":{"command":{"type":"string"}}},"strict":false},
          {"type":"custom","name":"ApplyPatch","description":"Edits","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}],
         "tool_choice":"auto","parallel_tool_calls":true,"stream":true,"store":false,"include":["reasoning.encrypted_content"],"reasoning":{"effort":"medium","summary":"auto"},
         "text":{"verbosity":"low"},"stream_options":{"include_usage":true},"prompt_cache_key":"k","prompt_cache_retention":"24h","previous_response_id":null,"truncation":"disabled",
         "instructions":"Be brief.","max_output_tokens":64,"metadata":null}
        """;

    private const string Expected = """
        {"model":"m","user":"google-oauth2|1","parallel_tool_calls":true,"stream":true,"stream_options":{"include_usage":true},"max_tokens":64,"tool_choice":"auto",
         "tools":[{"type":"function","function":{"name":"Shell","description":"Runs","parameters":{"type":"object","properties":{"command":{"type":"string"}}},"strict":false}}],
         "messages":[
          {"role":"system","content":"Be brief."},
          {"role":"system","content":"You are a coding agent."},
          {"role":"system","content":[{"type":"text","text":"Rules."}]},
          {"role":"user","content":[{"type":"text","text":"list files"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"auto"}}]},
          {"role":"assistant","content":[{"type":"text","text":"I look."}]},
          {"role":"assistant","content":null,"tool_calls":[
            {"id":"call_1","type":"function","function":{"name":"Shell","arguments":"{\"command\":\"ls\"}"}},
            {"id":"call_2","type":"function","function":{"name":"ApplyPatch","arguments":"{\"input\":\"*** Begin Patch\\n\\u0022x\\u0022\"}"}}]},
          {"role":"tool","tool_call_id":"call_1","content":"a.txt\nb.txt"},
          {"role":"tool","tool_call_id":"call_2","content":"done"}]}
        """;

    private GatewayServer _server = null!;

    public async Task InitializeAsync() => _server = await GatewayServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Acceptance_08_captured_agent_request_reaches_the_engine_as_chat_and_its_stream_comes_back_as_chat_chunks()
    {
        _server.Router.Aliases["gpt-5.5"] = "m";
        var recorded = RecordedAnswer.Load("0.32.15-v1-chat-stream-usage");
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var answer = await _server.PostAsync(Chat, Agent);

        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(recorded.Body, await answer.Content.ReadAsStringAsync());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Expected), JsonNode.Parse(_server.Upstream.Last.Text)), _server.Upstream.Last.Text);
        Assert.Equal(Chat, _server.Upstream.Last.Target);
        var record = await _server.Usage.NextAsync();
        Assert.Equal((ForwardOutcome.Completed, 48L), (record.Outcome, record.PromptTokens));
    }

    [Fact]
    public async Task Usage_chunk_is_hidden_where_the_responses_shaped_body_did_not_ask_for_it()
    {
        var recorded = RecordedAnswer.Load("0.32.15-v1-chat-stream-usage");
        _server.Upstream.Script = (_, reply) => reply.StreamAsync(recorded.ContentType, recorded.Chunks);

        using var answer = await _server.PostAsync(Chat, "{\"model\":\"m\",\"input\":\"hi\",\"stream\":true}");

        Assert.DoesNotContain("usage", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"include_usage\":true", _server.Upstream.Last.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"model\":\"m\",\"messages\":null,\"input\":\"hi\"}")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"input\":\"hi\"}")]
    [InlineData("{\"input\":\"hi\",\"max_tokens\":null,\"model\":\"m\"}")]
    public async Task Messages_that_say_nothing_do_not_stand_in_the_way_of_the_input(string body)
    {
        using var answer = await _server.PostAsync(Chat, body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", _server.Upstream.Last.Text);
    }

    [Fact]
    public async Task Chat_body_that_has_an_input_of_its_own_too_passes_untouched()
    {
        const string Body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"input\":\"x\"}";
        using var answer = await _server.PostAsync(Chat, Body);
        Assert.Equal(Body, _server.Upstream.Last.Text);
    }

    [Theory]
    [InlineData("{\"model\":\"m\",\"input\":[{\"type\":7}]}", "invalid_request")]
    [InlineData("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":{},\"text\":\"x\"}]}]}", "invalid_request")]
    [InlineData("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":null,\"file_id\":\"f\"}]}]}", "invalid_request")]
    [InlineData("{\"model\":\"m\",\"input\":\"\\ud800\"}", "invalid_json")]
    [InlineData("{\"model\":\"m\",\"input\":\"x\",\"user\":\"\\udc00\"}", "invalid_json")]
    public async Task Input_that_cannot_be_said_in_chat_is_a_400_and_never_a_500(string body, string code)
    {
        using var answer = await _server.PostAsync(Chat, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
        Assert.Empty(_server.Upstream.Requests);
    }
}
