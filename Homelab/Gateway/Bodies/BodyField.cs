namespace Homelab.Gateway.Bodies;

/// <summary>The top-level fields that the gateway reads.</summary>
internal enum BodyField
{
    Other,
    Model,
    Name,
    Stream,
    StreamOptions,
    KeepAlive,
    Options,
    Shift,
    MaxTokens,
    MaxCompletionTokens,
    System,
    Messages,
    Input,
    Prompt,
}
