using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Requests for models, and their answers taken apart.</summary>
internal static class Asking
{
    /// <summary>A chat that is answered as a whole.</summary>
    public static async Task<Reply> AskAsync(this HomelabProcess process, string model, string text = "Say hello.", params (string Name, string Value)[] headers) =>
        await process.SendAsync("v1/chat/completions", Body(model, stream: false, text), headers);

    /// <summary>Any request with a body, read to its end.</summary>
    public static async Task<Reply> SendAsync(this HomelabProcess process, string path, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };

        // What is refused for its size is answered before it is sent.
        request.Headers.ExpectContinue = body.Length > 1_000_000;
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var began = TimeProvider.System.GetTimestamp();
        using var answer = await process.Http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        return new Reply((int)answer.StatusCode, Header(answer, "x-homelab-route"), await answer.Content.ReadAsStringAsync())
        {
            RetryAfter = Header(answer, "Retry-After"),
            ShouldRetry = Header(answer, "x-should-retry"),
            Took = TimeProvider.System.GetElapsedTime(began),
        };
    }

    /// <summary>Waits until a model is served, and how.</summary>
    public static Task<Reply> ServesAsync(this HomelabProcess process, string model, string route, int limitSeconds = 20) => Eventually.BecomesAsync(
        $"POST {process.Url}v1/chat/completions for {model}", $"200 by {route}", () => process.AskAsync(model), r => r.Status == 200 && r.Route.Contains(route, StringComparison.Ordinal), limitSeconds);

    /// <summary>The body of a chat.</summary>
    public static string Body(string model, bool stream, string text = "Say hello.") =>
        $$"""{"model":"{{JsonEncodedText.Encode(model)}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"{{JsonEncodedText.Encode(text)}}"}]}""";

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : "";
}
