using System.Net;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>The dialects that have no maintained .NET client, by hand.</summary>
internal static class RawScenarios
{
    public static async Task AnthropicMessageAsync(ClientTarget target)
    {
        using var answer = await PostAsync(target, "v1/messages?beta=true", $$"""{"model":"{{target.Chat}}","max_tokens":16,"messages":[{"role":"user","content":"Say hello."}]}""");
        var body = await BodyAsync(answer, HttpStatusCode.OK);
        Assert.Equal("message", body.GetProperty("type").GetString());
        Assert.NotEqual(0, body.GetProperty("content").GetArrayLength());
        Assert.True(body.GetProperty("usage").GetProperty("output_tokens").GetInt32() > 0);
        Assert.True(answer.Headers.Contains("x-request-id"));
    }

    public static async Task AnthropicStreamAsync(ClientTarget target)
    {
        using var answer = await PostAsync(target, "v1/messages", $$"""{"model":"{{target.Chat}}","max_tokens":16,"stream":true,"messages":[{"role":"user","content":"Say hello."}]}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("event: message_start", text, StringComparison.Ordinal);
        Assert.Contains("event: message_stop", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    public static async Task AnthropicErrorAsync(ClientTarget target)
    {
        using var answer = await PostAsync(target, "v1/messages", """{"model":"no-such-model:1b","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}""");
        var body = await BodyAsync(answer, HttpStatusCode.NotFound);
        Assert.Equal("error", body.GetProperty("type").GetString());
        Assert.Equal("not_found_error", body.GetProperty("error").GetProperty("type").GetString());
        Assert.Contains("no-such-model", body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    public static async Task ResponsesAsync(ClientTarget target)
    {
        using var answer = await PostAsync(target, "v1/responses", $$"""{"model":"{{target.Chat}}","max_output_tokens":16,"input":"Say hello."}""");
        var body = await BodyAsync(answer, HttpStatusCode.OK);
        Assert.Equal("response", body.GetProperty("object").GetString());
        Assert.NotEqual(0, body.GetProperty("output").GetArrayLength());
    }

    public static async Task ResponsesStreamAsync(ClientTarget target)
    {
        using var answer = await PostAsync(target, "v1/responses", $$"""{"model":"{{target.Chat}}","max_output_tokens":16,"stream":true,"input":"Say hello."}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("event: response.created", text, StringComparison.Ordinal);
        Assert.Contains("event: response.completed", text, StringComparison.Ordinal);
    }

    public static async Task CompletionsStreamAsync(ClientTarget target)
    {
        using var answer = await PostAsync(target, "v1/completions", $$"""{"model":"{{target.Chat}}","max_tokens":16,"stream":true,"prompt":"Say hello."}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        // Usage was asked for by the gateway, not by this client.
        Assert.DoesNotContain("\"usage\":{", text, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(ClientTarget target, string path, string json)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = target.Url };
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    private static async Task<JsonElement> BodyAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"expected {expected}, got {answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
