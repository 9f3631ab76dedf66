using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Reads the requests of the <c>/v1</c> paths as Ollama translates them: no keep-alive, no context, no <c>max_completion_tokens</c>.</summary>
internal static class OpenAiRequest
{
    /// <summary>The model that a <c>/v1</c> request names.</summary>
    public static SimulatedModel Model(SimulatedState state, string name) =>
        name.Length == 0 ? throw new OllamaErrorException(400, "model is required") : state.Require(name);

    public static GenerationRequest ReadChat(SimulatedState state, JsonElement root)
    {
        var name = root.Text("model", "ChatCompletionRequest");
        if (root.Member("messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            throw new OllamaErrorException(400, "[] is too short - 'messages'") { Early = true };
        }

        var (prompt, lastUser, lastRole) = Conversation.Read(messages);
        var (format, schema) = ResponseFormat(root.Member("response_format"));
        return new GenerationRequest
        {
            Model = Model(state, name),
            ModelAsSent = name,
            Prompt = prompt,
            LastUserText = lastUser,
            LastRole = lastRole,
            MaximumTokens = root.Number("max_tokens") ?? -1,
            Stops = RequestOptions.Stops(root.Member("stop")),
            Format = format,
            Schema = schema,
            Tools = Conversation.Tools(root.Member("tools")),
            LogProbabilities = root.Flag("logprobs") ?? false,
            TopLogProbabilities = root.Number("top_logprobs") ?? 0,
        };
    }

    public static bool Thinks(JsonElement root) =>
        (root.Member("reasoning_effort") ?? root.Member("reasoning")?.Member("effort")) is { ValueKind: JsonValueKind.String } effort && !effort.ValueEquals("none");

    private static (AnswerFormat, JsonElement?) ResponseFormat(JsonElement? format)
    {
        var type = format is { ValueKind: JsonValueKind.Object } given ? given.Text("type", "ResponseFormat") : "";
        return type switch
        {
            "json_object" => (AnswerFormat.Json, null),
            "json_schema" => (AnswerFormat.Schema, format?.Member("json_schema")?.Member("schema")),
            _ => (AnswerFormat.Text, null),
        };
    }
}
