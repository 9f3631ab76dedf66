using System.Globalization;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/v1/chat/completions</c>, in the chunk style of 0.32.15: the role in the first chunk only, the finish reason in a last one with an empty delta.</summary>
internal sealed class OpenAiChatEndpoint(SimulatedState state)
{
    public async Task ChatAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("unexpected EOF", early: true);
        var request = OpenAiRequest.ReadChat(state, root);
        GenerationChecks.Check(state, request, "chat", OpenAiRequest.Thinks(root));
        var id = "chatcmpl-" + state.NextId().ToString(CultureInfo.InvariantCulture);
        using var generation = await SimulatedGeneration.BeginAsync(state, exchange, request);
        var created = state.Time.GetUtcNow().ToUnixTimeSeconds();
        var answer = generation.Answer;
        if (root.Flag("stream") != true)
        {
            await generation.FinishAsync();
            await exchange.JsonAsync(200, SimulatedExchange.PlainJson, newLine: true, write: w => WriteWhole(w, request, answer, id, created));
            return;
        }

        if (answer.Tool is not null)
        {
            await exchange.EventAsync(w => WriteChunk(w, request, id, created, () => WriteDelta(w, answer, "", isFirst: true), null, null));
        }

        var isFirst = true;
        await foreach (var token in generation.TokensAsync(exchange.Aborted))
        {
            var first = isFirst;
            isFirst = false;
            await exchange.EventAsync(w => WriteChunk(w, request, id, created, () => WriteDelta(w, answer, token, first), null, token));
        }

        await exchange.EventAsync(w => WriteChunk(w, request, id, created, static () => { }, FinishReason(answer), null));
        if (root.Member("stream_options")?.Flag("include_usage") == true)
        {
            await exchange.EventAsync(w =>
            {
                WriteHead(w, request, id, "chat.completion.chunk", created);
                w.WriteStartArray("choices");
                w.WriteEndArray();
                WriteUsage(w, answer);
            });
        }

        await exchange.DoneEventAsync();
    }

    /// <summary>The usage of a completion, as both OpenAI endpoints write it.</summary>
    public static void WriteUsage(Utf8JsonWriter w, Answer answer) => WriteUsage(w, answer.PromptTokens, answer.EvalTokens);

    public static void WriteUsage(Utf8JsonWriter w, int prompt, int completion)
    {
        w.WriteStartObject("usage");
        w.WriteNumber("prompt_tokens", prompt);
        w.WriteNumber("completion_tokens", completion);
        w.WriteNumber("total_tokens", prompt + completion);
        w.WriteEndObject();
    }

    private static string FinishReason(Answer answer) => answer.Tool is null ? answer.DoneReason : "tool_calls";

    private static void WriteHead(Utf8JsonWriter w, GenerationRequest request, string id, string kind, long created)
    {
        w.WriteString("id", id);
        w.WriteString("object", kind);
        w.WriteNumber("created", created);
        w.WriteString("model", request.ModelAsSent);
        w.WriteString("system_fingerprint", "fp_ollama");
    }

    private static void WriteWhole(Utf8JsonWriter w, GenerationRequest request, Answer answer, string id, long created)
    {
        WriteHead(w, request, id, "chat.completion", created);
        w.WriteStartArray("choices");
        w.WriteStartObject();
        w.WriteNumber("index", 0);
        w.WriteStartObject("message");
        w.WriteString("role", "assistant");
        w.WriteString("content", answer.Text);
        WriteToolCalls(w, answer);
        w.WriteEndObject();
        w.WriteString("finish_reason", FinishReason(answer));
        WriteLogProbabilities(w, request, answer.Tokens);
        w.WriteEndObject();
        w.WriteEndArray();
        WriteUsage(w, answer);
    }

    private static void WriteChunk(Utf8JsonWriter w, GenerationRequest request, string id, long created, Action writeDelta, string? finishReason, string? token)
    {
        WriteHead(w, request, id, "chat.completion.chunk", created);
        w.WriteStartArray("choices");
        w.WriteStartObject();
        w.WriteNumber("index", 0);
        w.WriteStartObject("delta");
        writeDelta();
        w.WriteEndObject();
        w.WriteString("finish_reason", finishReason);
        if (token is not null)
        {
            WriteLogProbabilities(w, request, [token]);
        }

        w.WriteEndObject();
        w.WriteEndArray();
    }

    private static void WriteDelta(Utf8JsonWriter w, Answer answer, string content, bool isFirst)
    {
        if (isFirst)
        {
            w.WriteString("role", "assistant");
        }

        w.WriteString("content", content);
        WriteToolCalls(w, answer);
    }

    private static void WriteLogProbabilities(Utf8JsonWriter w, GenerationRequest request, IEnumerable<string> tokens)
    {
        if (request.LogProbabilities)
        {
            w.WriteStartObject("logprobs");
            w.WritePropertyName("content");
            LogProbabilities.Write(w, tokens, request.TopLogProbabilities);
            w.WriteEndObject();
        }
    }

    private static void WriteToolCalls(Utf8JsonWriter w, Answer answer)
    {
        if (answer.Tool is null)
        {
            return;
        }

        w.WriteStartArray("tool_calls");
        w.WriteStartObject();
        w.WriteString("id", answer.ToolCallId);
        w.WriteNumber("index", 0);
        w.WriteString("type", "function");
        w.WriteStartObject("function");
        w.WriteString("name", answer.Tool);
        w.WriteString("arguments", answer.ToolArguments);
        w.WriteEndObject();
        w.WriteEndObject();
        w.WriteEndArray();
    }
}
