namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>One thing that a real client does against the daemon, whatever engine is behind it.</summary>
internal sealed record ClientScenario(string Name, Func<ClientTarget, Task> RunAsync)
{
    /// <summary>Every scenario of the .NET clients and of the raw dialects.</summary>
    public static IReadOnlyList<ClientScenario> All { get; } =
    [
        new("OpenAI: lists the models", OpenAiScenarios.ListsModelsAsync),
        new("OpenAI: completes a chat", OpenAiScenarios.CompletesAsync),
        new("OpenAI: streams a chat", OpenAiScenarios.StreamsAsync),
        new("OpenAI: calls a tool", OpenAiScenarios.CallsToolAsync),
        new("OpenAI: embeds", OpenAiScenarios.EmbedsAsync),
        new("OpenAI: unknown model is a 404", OpenAiScenarios.UnknownModelAsync),
        new("OllamaSharp: lists and shows", OllamaSharpScenarios.ListsAndShowsAsync),
        new("OllamaSharp: chats", OllamaSharpScenarios.ChatsAsync),
        new("OllamaSharp: generates", OllamaSharpScenarios.GeneratesAsync),
        new("OllamaSharp: embeds", OllamaSharpScenarios.EmbedsAsync),
        new("OllamaSharp: unknown model is a 404", OllamaSharpScenarios.UnknownModelAsync),
        new("OllamaSharp: failed pull says so", OllamaSharpScenarios.PullFailsAsync),
        new("Anthropic: answers a message", RawScenarios.AnthropicMessageAsync),
        new("Anthropic: streams a message", RawScenarios.AnthropicStreamAsync),
        new("Anthropic: unknown model in its own shape", RawScenarios.AnthropicErrorAsync),
        new("Responses: answers", RawScenarios.ResponsesAsync),
        new("Responses: streams", RawScenarios.ResponsesStreamAsync),
        new("Completions: streams to the end mark", RawScenarios.CompletionsStreamAsync),
    ];

    /// <summary>Their names, as theory data.</summary>
    public static TheoryData<string> Names() => [.. All.Select(s => s.Name)];

    public static ClientScenario Named(string name) => All.Single(s => s.Name == name);
}
