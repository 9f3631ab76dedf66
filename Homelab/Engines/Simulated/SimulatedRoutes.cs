using System.Collections.Frozen;

namespace Homelab.Engines.Simulated;

/// <summary>Which call answers which path, and what Ollama's router says for the others.</summary>
internal sealed class SimulatedRoutes
{
    private const string BlobPrefix = "/api/blobs/";

    private readonly FrozenDictionary<string, Route> _routes;
    private readonly Route _one;
    private readonly Route _blob;

    public SimulatedRoutes(SimulatedState state)
    {
        var generation = new NativeGenerationEndpoints(state);
        var lists = new NativeListEndpoints(state);
        var storage = new NativeStorageEndpoints(state);
        var embeddings = new EmbeddingEndpoints(state);
        var models = new OpenAiModelEndpoints(state);
        var anthropic = new AnthropicEndpoint(state);
        static Task Root(SimulatedExchange e) => e.TextAsync(200, "text/plain; charset=utf-8", "Ollama is running");
        _routes = new Dictionary<string, Route>
        {
            ["/"] = new("HEAD, GET", Root),
            ["/api/version"] = new("HEAD, GET", lists.VersionAsync),
            ["/api/status"] = new("GET", NativeListEndpoints.StatusAsync),
            ["/api/tags"] = new("HEAD, GET", lists.TagsAsync),
            ["/api/ps"] = new("GET", lists.PsAsync),
            ["/api/show"] = new("POST", new NativeShowEndpoint(state).ShowAsync),
            ["/api/generate"] = new("POST", generation.GenerateAsync),
            ["/api/chat"] = new("POST", generation.ChatAsync),
            ["/api/embed"] = new("POST", embeddings.EmbedAsync),
            ["/api/embeddings"] = new("POST", embeddings.EmbedLegacyAsync),
            ["/api/pull"] = new("POST", new NativePullEndpoint(state).PullAsync),
            ["/api/create"] = new("POST", storage.CreateAsync),
            ["/api/copy"] = new("POST", storage.CopyAsync),
            ["/api/delete"] = new("DELETE", storage.DeleteAsync),
            ["/v1/models"] = new("GET", models.ListAsync),
            ["/v1/chat/completions"] = new("POST", new OpenAiChatEndpoint(state).ChatAsync),
            ["/v1/completions"] = new("POST", new OpenAiCompletionEndpoint(state).CompleteAsync),
            ["/v1/embeddings"] = new("POST", embeddings.OpenAiAsync),
            ["/v1/responses"] = new("POST", new ResponsesEndpoint(state).RespondAsync),
            ["/v1/messages"] = new("POST", anthropic.MessagesAsync),
            ["/v1/messages/count_tokens"] = new("POST", AnthropicEndpoint.CountTokensAsync),
        }.ToFrozenDictionary();
        _one = new Route("GET", models.OneAsync);
        _blob = new Route("HEAD, POST", e => e.Http.Request.Method == "HEAD" ? storage.HeadBlobAsync(e) : storage.PostBlobAsync(e));
    }

    public Task AnswerAsync(SimulatedExchange exchange)
    {
        var route = Find(exchange.Path);
        if (route is null)
        {
            return exchange.TextAsync(404, "text/plain", "404 page not found");
        }

        if (!route.Methods.Split(", ").Contains(exchange.Http.Request.Method))
        {
            exchange.Http.Response.Headers.Allow = route.Methods;
            return exchange.TextAsync(405, "text/plain", "405 method not allowed");
        }

        return route.Answer(exchange);
    }

    private Route? Find(string path)
    {
        if (_routes.TryGetValue(path, out var exact))
        {
            return exact;
        }

        if (path.StartsWith(OpenAiModelEndpoints.OnePrefix, StringComparison.Ordinal))
        {
            return _one;
        }

        return path.StartsWith(BlobPrefix, StringComparison.Ordinal) ? _blob : null;
    }

    /// <summary>What answers one path, for which methods.</summary>
    private sealed record Route(string Methods, Func<SimulatedExchange, Task> Answer);
}
