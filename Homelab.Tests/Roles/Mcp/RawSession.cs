using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>A session of Streamable HTTP by hand, for what no client would do.</summary>
internal sealed class RawSession
{
    public const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""";

    private readonly HttpClient _http;

    private RawSession(HttpClient http, string id)
    {
        _http = http;
        Id = id;
    }

    public string Id { get; }

    public static async Task<RawSession> OpenAsync(HttpClient http, string path = "/mcp", string? key = null)
    {
        using var answer = await SendAsync(http, path, Initialize, null, key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return new RawSession(http, answer.Headers.GetValues("Mcp-Session-Id").Single());
    }

    /// <summary>Sends a message and reads the whole answer.</summary>
    public async Task<(int Status, string Body)> PostAsync(string json, string? key = null, CancellationToken cancellation = default)
    {
        using var answer = await SendAsync(_http, "/mcp", json, Id, key, null, cancellation);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
    }

    /// <summary>One POST.</summary>
    public static async Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string json, string? session, string? key = null, Action<HttpRequestMessage>? change = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }

        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        change?.Invoke(request);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>The message in an answer that is a stream of one.</summary>
    public static JsonElement MessageOf(string body) =>
        JsonDocument.Parse(body.Split('\n').First(l => l.StartsWith("data: ", StringComparison.Ordinal))[6..]).RootElement;
}
