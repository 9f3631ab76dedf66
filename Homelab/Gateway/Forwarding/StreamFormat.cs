namespace Homelab.Gateway.Forwarding;

/// <summary>How an answer's bytes are framed, and so how its proper end is told.</summary>
internal enum StreamFormat
{
    /// <summary>One document; ends where the connection says.</summary>
    Document,

    /// <summary>Server-sent events that end with <c>data: [DONE]</c>.</summary>
    OpenAiEvents,

    /// <summary>Server-sent events that end with <c>response.completed</c>, <c>.failed</c> or <c>.incomplete</c>.</summary>
    ResponsesEvents,

    /// <summary>Server-sent events that end with <c>message_stop</c>.</summary>
    AnthropicEvents,

    /// <summary>Newline-delimited JSON that ends with <c>"done":true</c> or an error line.</summary>
    OllamaLines,

    /// <summary>Newline-delimited JSON without an end mark of its own (pulls).</summary>
    Lines,
}
