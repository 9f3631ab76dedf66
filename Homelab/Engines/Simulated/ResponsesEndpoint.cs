using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/v1/responses</c>.</summary>
internal sealed class ResponsesEndpoint(SimulatedState state)
{
    public async Task RespondAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("unexpected EOF", early: true);
        var request = Read(root);
        GenerationChecks.Check(state, request, "chat", OpenAiRequest.Thinks(root));
        using var generation = await SimulatedGeneration.BeginAsync(state, exchange, request);
        var number = 100_000 + state.NextId();
        var writer = new ResponseObjectWriter(root, request, generation.Answer, number, state.Time.GetUtcNow().ToUnixTimeSeconds());
        if (root.Flag("stream") != true)
        {
            await generation.FinishAsync();
            await exchange.JsonAsync(200, SimulatedExchange.PlainJson, w => writer.Write(w, isCompleted: true), newLine: true);
            return;
        }

        await StreamAsync(exchange, generation, writer);
    }

    private GenerationRequest Read(JsonElement root)
    {
        var name = root.Text("model", "ResponsesRequest");
        var input = root.Member("input");
        var (prompt, lastUser, lastRole) = input is { ValueKind: JsonValueKind.Array } items
            ? Conversation.Read(items)
            : (Conversation.TextOf(input), Conversation.TextOf(input), "user");
        if (input is { ValueKind: JsonValueKind.Array } several && several.GetArrayLength() > 0
            && several[several.GetArrayLength() - 1].Member("type") is { ValueKind: JsonValueKind.String } last && last.ValueEquals("function_call_output"))
        {
            lastRole = "tool";
        }

        var format = root.Member("text")?.Member("format");
        var isSchema = format is { ValueKind: JsonValueKind.Object } given && given.Text("type", "ResponsesTextFormat") == "json_schema";
        return new GenerationRequest
        {
            Model = OpenAiRequest.Model(state, name),
            ModelAsSent = name,
            Prompt = root.Text("instructions", "ResponsesRequest") + "\n" + prompt,
            LastUserText = lastUser,
            LastRole = lastRole,
            MaximumTokens = root.Number("max_output_tokens") ?? -1,
            Format = isSchema ? AnswerFormat.Schema : AnswerFormat.Text,
            Schema = isSchema ? format?.Member("schema") : null,
            Tools = Conversation.Tools(root.Member("tools")),
        };
    }

    private static async Task StreamAsync(SimulatedExchange exchange, SimulatedGeneration generation, ResponseObjectWriter writer)
    {
        var sequence = 0;
        var answer = generation.Answer;
        await SendAsync("response.created", w => WriteResponse(w, isCompleted: false));
        await SendAsync("response.in_progress", w => WriteResponse(w, isCompleted: false));
        if (answer.Tool is not null)
        {
            await CallAsync();
            await generation.FinishAsync();
        }
        else
        {
            await TextAsync();
        }

        await SendAsync("response.completed", w => WriteResponse(w, isCompleted: true));

        async Task CallAsync()
        {
            await SendAsync("response.output_item.added", w => WriteItem(w, "in_progress", isWhole: false));
            await SendAsync("response.function_call_arguments.delta", w => WriteCallPart(w, "delta"));
            await SendAsync("response.function_call_arguments.done", w => WriteCallPart(w, "arguments"));
            await SendAsync("response.output_item.done", w => WriteItem(w, "completed", isWhole: true));
        }

        async Task TextAsync()
        {
            await SendAsync("response.output_item.added", w => WriteItem(w, "in_progress", isWhole: false));
            await SendAsync("response.content_part.added", w => WritePart(w, ""));
            await foreach (var token in generation.TokensAsync(exchange.Aborted))
            {
                await SendAsync("response.output_text.delta", w => WriteText(w, "delta", token));
            }

            await SendAsync("response.output_text.done", w => WriteText(w, "text", answer.Text));
            await SendAsync("response.content_part.done", w => WritePart(w, answer.Text));
            await SendAsync("response.output_item.done", w => WriteItem(w, "completed", isWhole: true));
        }

        Task SendAsync(string type, Action<Utf8JsonWriter> write) => exchange.EventAsync(
            w =>
            {
                write(w);
                w.WriteNumber("sequence_number", sequence++);
                w.WriteString("type", type);
            },
            type);

        void WriteResponse(Utf8JsonWriter w, bool isCompleted)
        {
            w.WriteStartObject("response");
            writer.Write(w, isCompleted);
            w.WriteEndObject();
        }

        void WriteItem(Utf8JsonWriter w, string status, bool isWhole)
        {
            w.WriteStartObject("item");
            writer.WriteItem(w, status, isWhole);
            w.WriteEndObject();
            w.WriteNumber("output_index", 0);
        }

        void WriteCallPart(Utf8JsonWriter w, string member)
        {
            w.WriteString("item_id", writer.ItemId);
            w.WriteNumber("output_index", 0);
            w.WriteString(member, answer.ToolArguments);
        }

        void WritePart(Utf8JsonWriter w, string text)
        {
            w.WriteNumber("content_index", 0);
            w.WriteString("item_id", writer.ItemId);
            w.WriteNumber("output_index", 0);
            w.WriteStartObject("part");
            ResponseObjectWriter.WriteText(w, text);
            w.WriteEndObject();
        }

        void WriteText(Utf8JsonWriter w, string member, string text)
        {
            w.WriteNumber("content_index", 0);
            w.WriteString(member, text);
            w.WriteString("item_id", writer.ItemId);
            w.WriteStartArray("logprobs");
            w.WriteEndArray();
            w.WriteNumber("output_index", 0);
        }
    }
}
