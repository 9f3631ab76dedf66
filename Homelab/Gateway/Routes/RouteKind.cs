namespace Homelab.Gateway.Routes;

/// <summary>What the client surface does at a path.</summary>
internal enum RouteKind
{
    /// <summary>Routed to a model and forwarded.</summary>
    Inference,

    /// <summary>The same, on Ollama's <c>/api/generate</c>: an empty prompt loads or unloads.</summary>
    NativeGenerate,

    /// <summary>The same, on Ollama's <c>/api/chat</c>: an empty conversation loads or unloads.</summary>
    NativeChat,

    /// <summary>Anthropic's token count.</summary>
    CountTokens,

    /// <summary>Forwarded to the engine without a lease: it loads nothing.</summary>
    Show,

    /// <summary>The same, streamed, for admins.</summary>
    Pull,

    /// <summary>The same, for admins.</summary>
    Delete,

    /// <summary><c>/v1/models</c>.</summary>
    Models,

    /// <summary><c>/v1/models/{id}</c>.</summary>
    Model,

    /// <summary><c>/api/tags</c>.</summary>
    Tags,

    /// <summary><c>/api/ps</c>.</summary>
    Loaded,

    /// <summary><c>/api/version</c>.</summary>
    Version,

    /// <summary><c>/</c>.</summary>
    Start,

    /// <summary>An app's own paths: any method, passed through byte by byte, WebSockets too.</summary>
    App,

    /// <summary>Never passed on.</summary>
    Forbidden,

    /// <summary>A path below <c>/v1</c> or <c>/api</c> that nothing serves.</summary>
    Unknown,
}
