using System.Text.Json;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>What the made-up answers promise.</summary>
public sealed class AnswerTests
{
    private const string Tools = """[{"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"zone":{"type":"string","enum":["UTC","CET"]},"count":{"type":"integer"}},"required":["zone","count"]}}}]""";

    [Fact]
    public async Task Same_question_gets_the_same_answer_which_says_that_it_is_simulated()
    {
        await using var fake = await FakeOllama.StartAsync();
        const string body = """{"model":"sim-chat:8b","messages":[{"role":"user","content":"What is a lease?"}]}""";
        var (first, second) = (Content(await fake.JsonAsync("/v1/chat/completions", body)), Content(await fake.JsonAsync("/v1/chat/completions", body)));
        Assert.Equal(first, second);
        Assert.Contains("simulated", first, StringComparison.Ordinal);
        Assert.Contains("What is a lease?", first, StringComparison.Ordinal);
        Assert.NotEqual(first, Content(await fake.JsonAsync("/v1/chat/completions", body.Replace("lease", "load", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Stop_sequence_ends_the_answer_before_it()
    {
        await using var fake = await FakeOllama.StartAsync();
        var answer = await fake.JsonAsync("/v1/chat/completions", """{"model":"sim-chat:8b","stop":[" answer"],"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal("This is a simulated", Content(answer));
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("please call get_time", true)]
    [InlineData("use a tool", true)]
    [InlineData("hello", false)]
    public async Task Tool_is_called_when_the_user_asks_for_it(string text, bool isCalled)
    {
        await using var fake = await FakeOllama.StartAsync();
        var answer = await fake.JsonAsync("/v1/chat/completions", $$"""{"model":"sim-chat:8b","tools":{{Tools}},"messages":[{"role":"user","content":"{{text}}"}]}""");
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal(isCalled ? "tool_calls" : "stop", choice.GetProperty("finish_reason").GetString());
        if (isCalled)
        {
            var function = choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
            Assert.Equal("get_time", function.GetProperty("name").GetString());
            Assert.Equal("""{"zone":"UTC","count":1}""", function.GetProperty("arguments").GetString());
        }
    }

    [Theory]
    [InlineData("/api/chat", "\"tool_calls\":[{\"id\":\"call_")]
    [InlineData("/v1/chat/completions", "\"finish_reason\":\"tool_calls\"")]
    [InlineData("/v1/messages", "\"stop_reason\":\"tool_use\"")]
    [InlineData("/v1/responses", "event: response.function_call_arguments.done")]
    public async Task Streamed_tool_call_has_the_form_of_each_dialect(string path, string mark)
    {
        await using var fake = await FakeOllama.StartAsync();
        var (_, text) = await fake.PostAsync(path, $$"""{"model":"sim-chat:8b","stream":true,"max_tokens":100,"tools":{{Tools}},"input":"call get_time","messages":[{"role":"user","content":"call get_time"}]}""");
        Assert.Contains(mark, text, StringComparison.Ordinal);
        Assert.Contains("get_time", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Result_of_a_tool_gets_a_text()
    {
        await using var fake = await FakeOllama.StartAsync();
        var answer = await fake.JsonAsync("/v1/chat/completions", $$"""{"model":"sim-chat:8b","tools":{{Tools}},"messages":[{"role":"user","content":"call get_time"},{"role":"tool","tool_call_id":"c","content":"12:00"}]}""");
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Schema_is_obeyed()
    {
        await using var fake = await FakeOllama.StartAsync();
        var answer = await fake.JsonAsync("/api/chat", """{"model":"sim-chat:8b","stream":false,"messages":[{"role":"user","content":"x"}],"format":{"type":"object","required":["ok","tags","by"],"properties":{"ok":{"type":"boolean"},"tags":{"type":"array"},"by":{"type":"object","required":["n"],"properties":{"n":{"type":"number"}}}}}}""");
        Assert.Equal("""{"ok":true,"tags":[],"by":{"n":1}}""", answer.GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Embeddings_are_unit_vectors_that_follow_from_the_text()
    {
        await using var fake = await FakeOllama.StartAsync();
        var vectors = (await fake.JsonAsync("/api/embed", """{"model":"sim-embed","input":["a","b","a"]}""")).GetProperty("embeddings");
        var (first, second, third) = (Floats(vectors[0]), Floats(vectors[1]), Floats(vectors[2]));
        Assert.Equal(768, first.Length);
        Assert.Equal(first, third);
        Assert.NotEqual(first, second);
        Assert.Equal(1, first.Sum(v => v * v), 4);
    }

    [Fact]
    public async Task Embedder_is_loaded_and_unloaded_by_empty_requests()
    {
        await using var fake = await FakeOllama.StartAsync();
        Assert.Equal("""{"model":"sim-embed","embeddings":[]}""", (await fake.JsonAsync("/api/embed", """{"model":"sim-embed"}""")).GetRawText());
        Assert.Equal(["sim-embed:latest"], fake.Loaded);
        await fake.LoadAsync("sim-embed", ",\"keep_alive\":0");
        Assert.Empty(fake.Loaded);
    }

    [Fact]
    public async Task Tokens_come_at_the_configured_rate()
    {
        var time = new FakeTimeProvider();
        await using var fake = await FakeOllama.StartAsync(s => s with { TokensPerSecond = 10 }, time);
        var begin = time.GetUtcNow();
        var answer = await time.WithTimeAsync(TimeSpan.FromMilliseconds(100), fake.JsonAsync("/api/generate", """{"model":"sim-small:3b","prompt":"x","stream":false,"options":{"num_predict":12}}"""));
        Assert.Equal(12, answer.GetProperty("eval_count").GetInt32());
        Assert.InRange(time.GetUtcNow() - begin, TimeSpan.FromSeconds(1.2), TimeSpan.MaxValue);
        Assert.InRange(answer.GetProperty("eval_duration").GetInt64(), 1_200_000_000, long.MaxValue);
    }

    [Fact]
    public async Task Facts_of_a_model_fit_its_size()
    {
        await using var fake = await FakeOllama.StartAsync();
        var info = (await fake.JsonAsync("/api/show", """{"model":"sim-chat:8b"}""")).GetProperty("model_info");
        Assert.Equal(32, info.GetProperty("llama.block_count").GetInt32());
        Assert.InRange(info.GetProperty("general.parameter_count").GetInt64(), 7_500_000_000, 8_500_000_000);
        await fake.LoadAsync("sim-chat:8b");
        var context = 4096 * 4L;
        Assert.Equal(4_920_000_000 + (context * 131_072), (await fake.PsAsync())[0].GetProperty("size_vram").GetInt64());
    }

    private static string Content(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    private static float[] Floats(JsonElement vector) => [.. vector.EnumerateArray().Select(v => v.GetSingle())];
}
