using System.Globalization;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Writes the response object of <c>/v1/responses</c>, whole or as its stream begins and ends with it.</summary>
internal sealed class ResponseObjectWriter(JsonElement request, GenerationRequest generation, Answer answer, long number, long created)
{
    /// <summary>Of its one output item.</summary>
    public string ItemId { get; } = (answer.Tool is null ? "msg_" : "fc_") + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The members, without the braces.</summary>
    public void Write(Utf8JsonWriter w, bool isCompleted)
    {
        w.WriteString("id", "resp_" + number.ToString(CultureInfo.InvariantCulture));
        w.WriteString("object", "response");
        w.WriteNumber("created_at", created);
        WriteOrNull(w, "completed_at", isCompleted ? created : null);
        w.WriteString("status", isCompleted ? "completed" : "in_progress");
        w.WriteNull("incomplete_details");
        w.WriteString("model", generation.ModelAsSent);
        w.WriteNull("previous_response_id");
        w.WriteString("instructions", request.Member("instructions")?.GetString());
        w.WriteStartArray("output");
        if (isCompleted)
        {
            w.WriteStartObject();
            WriteItem(w, "completed", isWhole: true);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteNull("error");
        w.WritePropertyName("tools");
        w.WriteRawValue(request.Member("tools")?.GetRawText() ?? "[]");
        w.WriteString("tool_choice", "auto");
        w.WriteString("truncation", "disabled");
        w.WriteBoolean("parallel_tool_calls", true);
        w.WriteStartObject("text");
        w.WritePropertyName("format");
        w.WriteRawValue(request.Member("text")?.Member("format")?.GetRawText() ?? """{"type":"text"}""");
        w.WriteEndObject();
        w.WriteNumber("top_p", 1);
        w.WriteNumber("presence_penalty", 0);
        w.WriteNumber("frequency_penalty", 0);
        w.WriteNumber("top_logprobs", 0);
        w.WriteNumber("temperature", 1);
        w.WriteNull("reasoning");
        WriteUsage(w, isCompleted);
        WriteOrNull(w, "max_output_tokens", generation.MaximumTokens > 0 ? generation.MaximumTokens : null);
        w.WriteNull("max_tool_calls");
        w.WriteBoolean("store", false);
        w.WriteBoolean("background", false);
        w.WriteString("service_tier", "default");
        w.WriteStartObject("metadata");
        w.WriteEndObject();
        w.WriteNull("safety_identifier");
        w.WriteNull("prompt_cache_key");
    }

    /// <summary>The members of its output item: a message, or the call of a tool.</summary>
    public void WriteItem(Utf8JsonWriter w, string status, bool isWhole)
    {
        w.WriteString("id", ItemId);
        if (answer.Tool is { } tool)
        {
            w.WriteString("type", "function_call");
            w.WriteString("status", status);
            w.WriteString("call_id", answer.ToolCallId);
            w.WriteString("name", tool);
            w.WriteString("arguments", isWhole ? answer.ToolArguments : "");
            return;
        }

        w.WriteString("type", "message");
        w.WriteString("status", status);
        w.WriteString("role", "assistant");
        w.WriteStartArray("content");
        if (isWhole)
        {
            w.WriteStartObject();
            WriteText(w, answer.Text);
            w.WriteEndObject();
        }

        w.WriteEndArray();
    }

    public static void WriteText(Utf8JsonWriter w, string text)
    {
        w.WriteString("type", "output_text");
        w.WriteString("text", text);
        w.WriteStartArray("annotations");
        w.WriteEndArray();
        w.WriteStartArray("logprobs");
        w.WriteEndArray();
    }

    private void WriteUsage(Utf8JsonWriter w, bool isCompleted)
    {
        if (!isCompleted)
        {
            w.WriteNull("usage");
            return;
        }

        w.WriteStartObject("usage");
        w.WriteNumber("input_tokens", answer.PromptTokens);
        w.WriteNumber("output_tokens", answer.EvalTokens);
        w.WriteNumber("total_tokens", answer.PromptTokens + answer.EvalTokens);
        w.WriteStartObject("input_tokens_details");
        w.WriteNumber("cached_tokens", 0);
        w.WriteEndObject();
        w.WriteStartObject("output_tokens_details");
        w.WriteNumber("reasoning_tokens", 0);
        w.WriteEndObject();
        w.WriteEndObject();
    }

    private static void WriteOrNull(Utf8JsonWriter w, string name, long? value)
    {
        if (value is { } number)
        {
            w.WriteNumber(name, number);
        }
        else
        {
            w.WriteNull(name);
        }
    }
}
