using System.Globalization;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/v1/completions</c>.</summary>
internal sealed class OpenAiCompletionEndpoint(SimulatedState state)
{
    public async Task CompleteAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("unexpected EOF", early: true);
        var name = root.Text("model", "CompletionRequest");
        var prompt = Conversation.TextOf(root.Member("prompt"));
        var request = new GenerationRequest
        {
            Model = OpenAiRequest.Model(state, name),
            ModelAsSent = name,
            Prompt = prompt,
            LastUserText = prompt,
            MaximumTokens = root.Number("max_tokens") ?? -1,
            Stops = RequestOptions.Stops(root.Member("stop")),
        };
        GenerationChecks.Check(state, request, "generate", thinks: false);
        var id = "cmpl-" + state.NextId().ToString(CultureInfo.InvariantCulture);
        using var generation = await SimulatedGeneration.BeginAsync(state, exchange, request);
        var created = state.Time.GetUtcNow().ToUnixTimeSeconds();
        var answer = generation.Answer;
        if (root.Flag("stream") != true)
        {
            await generation.FinishAsync();
            await exchange.JsonAsync(200, SimulatedExchange.PlainJson, newLine: true, write: w =>
            {
                WriteHead(w, id, created);
                WriteModel(w, request);
                WriteChoice(w, answer.Text, answer.DoneReason);
                OpenAiChatEndpoint.WriteUsage(w, answer);
            });
            return;
        }

        var countsTokens = root.Member("stream_options")?.Flag("include_usage") == true;
        await foreach (var token in generation.TokensAsync(exchange.Aborted))
        {
            await exchange.EventAsync(w => WriteChunk(w, token, null));
        }

        await exchange.EventAsync(w => WriteChunk(w, "", answer.DoneReason));
        if (countsTokens)
        {
            await exchange.EventAsync(w =>
            {
                WriteHead(w, id, created);
                w.WriteStartArray("choices");
                w.WriteEndArray();
                WriteModel(w, request);
                OpenAiChatEndpoint.WriteUsage(w, answer);
            });
        }

        await exchange.DoneEventAsync();

        void WriteChunk(Utf8JsonWriter w, string text, string? reason)
        {
            WriteHead(w, id, created);
            WriteChoice(w, text, reason);
            WriteModel(w, request);
            if (countsTokens)
            {
                // Of this path only, and zeros until the last chunk.
                OpenAiChatEndpoint.WriteUsage(w, 0, 0);
            }
        }
    }

    private static void WriteHead(Utf8JsonWriter w, string id, long created)
    {
        w.WriteString("id", id);
        w.WriteString("object", "text_completion");
        w.WriteNumber("created", created);
    }

    private static void WriteModel(Utf8JsonWriter w, GenerationRequest request)
    {
        w.WriteString("model", request.ModelAsSent);
        w.WriteString("system_fingerprint", "fp_ollama");
    }

    private static void WriteChoice(Utf8JsonWriter w, string text, string? reason)
    {
        w.WriteStartArray("choices");
        w.WriteStartObject();
        w.WriteString("text", text);
        w.WriteNumber("index", 0);
        w.WriteString("finish_reason", reason);
        w.WriteEndObject();
        w.WriteEndArray();
    }
}
