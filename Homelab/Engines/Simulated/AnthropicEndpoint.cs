using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/v1/messages</c> and <c>/v1/messages/count_tokens</c>.</summary>
internal sealed class AnthropicEndpoint(SimulatedState state)
{
    public async Task MessagesAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("unexpected EOF", early: true);
        var request = Read(root);
        GenerationChecks.Check(state, request, "chat", thinks: root.Member("thinking") is { ValueKind: JsonValueKind.Object } thinking && thinking.Text("type", "ThinkingConfig") == "enabled");
        using var generation = await SimulatedGeneration.BeginAsync(state, exchange, request);
        var id = state.NextLongId("msg_");
        var answer = generation.Answer;
        if (root.Flag("stream") == true)
        {
            await StreamAsync(exchange, request, generation, id);
            return;
        }

        await generation.FinishAsync();
        await exchange.JsonAsync(200, SimulatedExchange.PlainJson, newLine: true, write: w =>
        {
            WriteHead(w, request, id);
            w.WriteStartArray("content");
            w.WriteStartObject();
            WriteBlock(w, answer, answer.Text, answer.ToolArguments);
            w.WriteEndObject();
            w.WriteEndArray();
            w.WriteString("stop_reason", StopReason(answer));
            WriteUsage(w, answer.PromptTokens, answer.EvalTokens);
        });
    }

    public static Task CountTokensAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("unexpected EOF", early: true);
        var (prompt, _, _) = Conversation.Read(root.Member("messages") ?? default);
        return exchange.JsonAsync(200, SimulatedExchange.PlainJson, w => w.WriteNumber("input_tokens", AnswerWriter.CountTokens(prompt)));
    }

    private GenerationRequest Read(JsonElement root)
    {
        var name = root.Text("model", "MessagesRequest");
        if (root.Member("messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            throw new OllamaErrorException(400, "messages is required") { Early = true };
        }

        if (root.Number("max_tokens") is not > 0)
        {
            throw new OllamaErrorException(400, "max_tokens is required and must be positive") { Early = true };
        }

        var (prompt, lastUser, lastRole) = Conversation.Read(messages);
        return new GenerationRequest
        {
            Model = OpenAiRequest.Model(state, name),
            ModelAsSent = name,
            Prompt = Conversation.TextOf(root.Member("system")) + "\n" + prompt,
            LastUserText = lastUser,
            LastRole = lastRole,
            MaximumTokens = root.Number("max_tokens") ?? -1,
            Stops = RequestOptions.Stops(root.Member("stop_sequences")),
            Tools = Conversation.Tools(root.Member("tools")),
        };
    }

    private static async Task StreamAsync(SimulatedExchange exchange, GenerationRequest request, SimulatedGeneration generation, string id)
    {
        var answer = generation.Answer;
        await SendAsync("message_start", w =>
        {
            w.WriteStartObject("message");
            WriteHead(w, request, id);
            w.WriteStartArray("content");
            w.WriteEndArray();
            WriteUsage(w, AnswerWriter.CountTokens(request.LastUserText), 0);
            w.WriteEndObject();
        });
        await SendAsync("content_block_start", w =>
        {
            w.WriteNumber("index", 0);
            w.WriteStartObject("content_block");
            WriteBlock(w, answer, "", "{}");
            w.WriteEndObject();
        });
        if (answer.Tool is not null)
        {
            await DeltaAsync("input_json_delta", "partial_json", answer.ToolArguments);
        }

        await foreach (var token in generation.TokensAsync(exchange.Aborted))
        {
            await DeltaAsync("text_delta", "text", token);
        }

        await SendAsync("content_block_stop", w => w.WriteNumber("index", 0));
        await SendAsync("message_delta", w =>
        {
            w.WriteStartObject("delta");
            w.WriteString("stop_reason", StopReason(answer));
            w.WriteEndObject();
            WriteUsage(w, answer.PromptTokens, answer.EvalTokens);
        });
        await SendAsync("message_stop", static _ => { });

        Task SendAsync(string type, Action<Utf8JsonWriter> write) => exchange.EventAsync(
            w =>
            {
                w.WriteString("type", type);
                write(w);
            },
            type);

        Task DeltaAsync(string type, string member, string value) => SendAsync("content_block_delta", w =>
        {
            w.WriteNumber("index", 0);
            w.WriteStartObject("delta");
            w.WriteString("type", type);
            w.WriteString(member, value);
            w.WriteEndObject();
        });
    }

    private static string StopReason(Answer answer) => answer switch
    {
        { Tool: not null } => "tool_use",
        { DoneReason: "length" } => "max_tokens",
        _ => "end_turn",
    };

    private static void WriteHead(Utf8JsonWriter w, GenerationRequest request, string id)
    {
        w.WriteString("id", id);
        w.WriteString("type", "message");
        w.WriteString("role", "assistant");
        w.WriteString("model", request.ModelAsSent);
    }

    private static void WriteBlock(Utf8JsonWriter w, Answer answer, string text, string arguments)
    {
        if (answer.Tool is null)
        {
            w.WriteString("type", "text");
            w.WriteString("text", text);
            return;
        }

        w.WriteString("type", "tool_use");
        w.WriteString("id", answer.ToolCallId);
        w.WriteString("name", answer.Tool);
        w.WritePropertyName("input");
        w.WriteRawValue(arguments);
    }

    private static void WriteUsage(Utf8JsonWriter w, int input, int output)
    {
        w.WriteStartObject("usage");
        w.WriteNumber("input_tokens", input);
        w.WriteNumber("output_tokens", output);
        w.WriteEndObject();
    }
}
