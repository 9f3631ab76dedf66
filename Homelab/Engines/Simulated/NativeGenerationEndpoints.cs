using System.Globalization;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/api/generate</c> and <c>/api/chat</c>, loading and unloading included.</summary>
internal sealed class NativeGenerationEndpoints(SimulatedState state)
{
    public async Task GenerateAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var name = root.Text("model", "GenerateRequest");
        var keepAlive = RequestOptions.KeepAlive(root);
        var model = state.Require(name);
        var prompt = root.Text("prompt", "GenerateRequest");
        if (prompt.Length == 0 && keepAlive == TimeSpan.Zero)
        {
            state.Scheduler.Expire(model);
            await exchange.JsonAsync(200, SimulatedExchange.NativeJson, w => WriteEmpty(w, name, isChat: false, "unload"));
            return;
        }

        var request = Read(root, model, name, keepAlive) with { Prompt = prompt, LastUserText = prompt };
        GenerationChecks.Check(state, request, "generate", Thinks(root));
        if (root.Text("suffix", "GenerateRequest").Length > 0)
        {
            throw new OllamaErrorException(400, $"{state.FullName(model)} does not support insert");
        }

        await RunAsync(exchange, root, request, isChat: false, loadOnly: prompt.Length == 0);
    }

    public async Task ChatAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var name = root.Text("model", "ChatRequest");
        var keepAlive = RequestOptions.KeepAlive(root);
        var messages = root.Member("messages");
        if (messages is { ValueKind: not JsonValueKind.Array } wrong)
        {
            throw GoJson.WrongType(wrong, "ChatRequest", "messages", "[]api.Message");
        }

        if (name.Length == 0)
        {
            throw new OllamaErrorException(400, "model is required");
        }

        var model = state.Require(name);
        var isEmpty = messages is null || messages.Value.GetArrayLength() == 0;
        if (isEmpty && keepAlive == TimeSpan.Zero)
        {
            state.Scheduler.Expire(model);
            await exchange.JsonAsync(200, SimulatedExchange.NativeJson, w => WriteEmpty(w, name, isChat: true, "unload"));
            return;
        }

        var (prompt, lastUser, lastRole) = Conversation.Read(messages ?? default);
        var request = Read(root, model, name, keepAlive) with { Prompt = prompt, LastUserText = lastUser, LastRole = lastRole, Tools = Conversation.Tools(root.Member("tools")) };
        GenerationChecks.Check(state, request, "chat", Thinks(root));
        if (!isEmpty && !model.Capabilities.Contains("vision") && messages!.Value.EnumerateArray().Any(m => m.Member("images") is { ValueKind: JsonValueKind.Array } images && images.GetArrayLength() > 0))
        {
            throw new OllamaErrorException(400, "{\"error\":{\"code\":400,\"message\":\"Multimodal data provided, but model does not support multimodal requests.\",\"type\":\"invalid_request_error\"}}");
        }

        await RunAsync(exchange, root, request, isChat: true, loadOnly: isEmpty);
    }

    private static bool Thinks(JsonElement root) =>
        root.Member("think") is { } think && (think.ValueKind == JsonValueKind.True || (think.ValueKind == JsonValueKind.String && !think.ValueEquals("none")));

    private static GenerationRequest Read(JsonElement root, SimulatedModel model, string name, TimeSpan? keepAlive)
    {
        var options = root.Member("options") ?? default;
        return new GenerationRequest
        {
            Model = model,
            ModelAsSent = name,
            Prompt = "",
            KeepAlive = keepAlive,
            Load = RequestOptions.Load(options),
            MaximumTokens = options.Number("num_predict") ?? -1,
            Stops = RequestOptions.Stops(options.Member("stop")),
            LogProbabilities = root.Flag("logprobs") ?? false,
            TopLogProbabilities = root.Number("top_logprobs") ?? 0,
        };
    }

    private async Task RunAsync(SimulatedExchange exchange, JsonElement root, GenerationRequest request, bool isChat, bool loadOnly)
    {
        if (loadOnly)
        {
            (await state.Scheduler.AcquireAsync(request.Model, request.Load, request.KeepAlive, exchange.Aborted)).Dispose();
            await exchange.JsonAsync(200, SimulatedExchange.NativeJson, w => WriteEmpty(w, request.ModelAsSent, isChat, "load"));
            return;
        }

        var (format, schema) = RequestOptions.Format(root);
        request = request with { Format = format, Schema = schema };
        using var generation = await SimulatedGeneration.BeginAsync(state, exchange, request);
        var hasContext = !isChat && root.Flag("raw") != true;
        if (root.Flag("stream") == false)
        {
            await generation.FinishAsync();
            await exchange.JsonAsync(200, SimulatedExchange.NativeJson, w => WriteLast(w, request, generation, isChat, hasContext, generation.Answer.Text));
            return;
        }

        if (generation.Answer.Tool is not null)
        {
            await exchange.LineAsync(w => WriteToken(w, request, generation.Answer, isChat, ""));
        }

        await foreach (var token in generation.TokensAsync(exchange.Aborted))
        {
            await exchange.LineAsync(w => WriteToken(w, request, generation.Answer, isChat, token));
        }

        await exchange.LineAsync(w => WriteLast(w, request, generation, isChat, hasContext, ""));
    }

    private string Now() => state.Time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture);

    private void WriteEmpty(Utf8JsonWriter w, string model, bool isChat, string reason)
    {
        WriteHead(w, model);
        WriteText(w, isChat, "", null);
        w.WriteBoolean("done", true);
        w.WriteString("done_reason", reason);
    }

    private void WriteHead(Utf8JsonWriter w, string model)
    {
        w.WriteString("model", model);
        w.WriteString("created_at", Now());
    }

    private void WriteToken(Utf8JsonWriter w, GenerationRequest request, Answer answer, bool isChat, string token)
    {
        WriteHead(w, request.ModelAsSent);
        WriteText(w, isChat, token, answer.Tool is null ? null : answer);
        w.WriteBoolean("done", false);
        if (request.LogProbabilities && token.Length > 0)
        {
            w.WritePropertyName("logprobs");
            LogProbabilities.Write(w, [token], request.TopLogProbabilities);
        }
    }

    private void WriteLast(Utf8JsonWriter w, GenerationRequest request, SimulatedGeneration generation, bool isChat, bool hasContext, string text)
    {
        var answer = generation.Answer;
        WriteHead(w, request.ModelAsSent);
        WriteText(w, isChat, text, text.Length == 0 && generation.Answer.Tool is not null && !HttpStarted(generation) ? answer : null);
        w.WriteBoolean("done", true);
        w.WriteString("done_reason", answer.DoneReason);
        if (hasContext)
        {
            w.WriteStartArray("context");
            for (var i = 0; i < Math.Min(answer.PromptTokens + answer.Tokens.Length, 4096); i++)
            {
                w.WriteNumberValue(i % request.Model.Architecture.VocabularySize);
            }

            w.WriteEndArray();
        }

        w.WriteNumber("total_duration", Nanoseconds(generation.TotalTime));
        w.WriteNumber("load_duration", Nanoseconds(generation.LoadTime));
        w.WriteNumber("prompt_eval_count", answer.PromptTokens);
        w.WriteNumber("prompt_eval_duration", Nanoseconds(generation.PromptTime));
        w.WriteNumber("eval_count", answer.EvalTokens);
        w.WriteNumber("eval_duration", Nanoseconds(generation.EvalTime));
        if (request.LogProbabilities && text.Length > 0)
        {
            w.WritePropertyName("logprobs");
            LogProbabilities.Write(w, answer.Tokens, request.TopLogProbabilities);
        }
    }

    private static bool HttpStarted(SimulatedGeneration generation) => generation.Exchange.Http.Response.HasStarted;

    private static long Nanoseconds(TimeSpan time) => Math.Max(1, time.Ticks * 100);

    private static void WriteText(Utf8JsonWriter w, bool isChat, string text, Answer? call)
    {
        if (!isChat)
        {
            w.WriteString("response", text);
            return;
        }

        w.WriteStartObject("message");
        w.WriteString("role", "assistant");
        w.WriteString("content", text);
        if (call is { Tool: { } tool })
        {
            w.WriteStartArray("tool_calls");
            w.WriteStartObject();
            w.WriteString("id", call.ToolCallId);
            w.WriteStartObject("function");
            w.WriteNumber("index", 0);
            w.WriteString("name", tool);
            w.WritePropertyName("arguments");
            w.WriteRawValue(call.ToolArguments);
            w.WriteEndObject();
            w.WriteEndObject();
            w.WriteEndArray();
        }

        w.WriteEndObject();
    }
}
