namespace Homelab.Gateway;

/// <summary>Which API a request speaks; decides the shape of errors, of streams and of their end marks.</summary>
internal enum Dialect
{
    /// <summary>OpenAI: <c>/v1/...</c></summary>
    OpenAi,

    /// <summary>OpenAI's Responses API: <c>/v1/responses</c>, whose streams end with an event of their own.</summary>
    OpenAiResponses,

    /// <summary>Anthropic: <c>/v1/messages</c>.</summary>
    Anthropic,

    /// <summary>Ollama's own: <c>/api/...</c>, newline-delimited JSON.</summary>
    Ollama,
}
