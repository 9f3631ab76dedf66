using System.Text;
using System.Text.Json;

namespace Homelab.Gateway.Bodies;

/// <summary>The <c>input</c> items of a Responses-shaped body as chat messages. Neighbouring function calls become one assistant message, as chat has them.</summary>
internal static class ResponsesItems
{
    /// <returns>False where an item has no counterpart in chat (a file, for one).</returns>
    public static bool TryWrite(Utf8JsonWriter json, JsonElement items)
    {
        var calls = false;
        foreach (var item in items.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            var type = item.TryGetProperty("type", out var named) ? TextOf(named) : "message";
            if (calls && type is not ("function_call" or "custom_tool_call"))
            {
                EndCalls(json);
                calls = false;
            }

            switch (type)
            {
                case "message":
                    if (!TryWriteMessage(json, item))
                    {
                        return false;
                    }

                    break;
                case "function_call" or "custom_tool_call":
                    if (!calls)
                    {
                        json.WriteStartObject();
                        json.WriteString("role", "assistant");
                        json.WriteNull("content");
                        json.WriteStartArray("tool_calls");
                        calls = true;
                    }

                    WriteCall(json, item);
                    break;
                case "function_call_output" or "custom_tool_call_output":
                    WriteOutput(json, item);
                    break;
                case "reasoning" or "item_reference":
                    // Only OpenAI's own servers can read them.
                    break;
                default:
                    return false;
            }
        }

        if (calls)
        {
            EndCalls(json);
        }

        return true;
    }

    private static bool TryWriteMessage(Utf8JsonWriter json, JsonElement item)
    {
        if (!item.TryGetProperty("role", out var role) || !item.TryGetProperty("content", out var content))
        {
            return false;
        }

        json.WriteStartObject();
        json.WritePropertyName("role");
        if (role.ValueKind == JsonValueKind.String && role.ValueEquals("developer"))
        {
            // OpenAI's later word for it; most chat templates know only the earlier one and drop what they do not know.
            json.WriteStringValue("system");
        }
        else
        {
            role.WriteTo(json);
        }

        json.WritePropertyName("content");
        if (content.ValueKind != JsonValueKind.Array)
        {
            content.WriteTo(json);
        }
        else
        {
            json.WriteStartArray();
            foreach (var part in content.EnumerateArray())
            {
                if (!TryWritePart(json, part))
                {
                    return false;
                }
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        return true;
    }

    private static bool TryWritePart(Utf8JsonWriter json, JsonElement part)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type))
        {
            return false;
        }

        switch (TextOf(type))
        {
            case "input_text" or "output_text" or "text" when part.TryGetProperty("text", out var text):
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WritePropertyName("text");
                text.WriteTo(json);
                json.WriteEndObject();
                return true;
            case "refusal" when part.TryGetProperty("refusal", out var refusal):
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WritePropertyName("text");
                refusal.WriteTo(json);
                json.WriteEndObject();
                return true;
            case "input_image" when part.TryGetProperty("image_url", out var image) && image.ValueKind == JsonValueKind.String:
                json.WriteStartObject();
                json.WriteString("type", "image_url");
                json.WriteStartObject("image_url");
                json.WritePropertyName("url");
                image.WriteTo(json);
                if (part.TryGetProperty("detail", out var detail))
                {
                    json.WritePropertyName("detail");
                    detail.WriteTo(json);
                }

                json.WriteEndObject();
                json.WriteEndObject();
                return true;
            case "image_url":
                part.WriteTo(json);
                return true;
            default:
                return false;
        }
    }

    private static void WriteCall(Utf8JsonWriter json, JsonElement item)
    {
        json.WriteStartObject();
        WriteAs(json, item, "call_id", "id");
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        WriteAs(json, item, "name", "name");
        if (item.TryGetProperty("input", out var text) && text.ValueKind == JsonValueKind.String)
        {
            // A custom tool takes bare text; as a function it has one argument.
            json.WriteString("arguments", $"{{\"input\":\"{JsonEncodedText.Encode(text.GetString()!)}\"}}");
        }
        else
        {
            WriteAs(json, item, "arguments", "arguments");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, JsonElement item)
    {
        json.WriteStartObject();
        json.WriteString("role", "tool");
        WriteAs(json, item, "call_id", "tool_call_id");
        if (item.TryGetProperty("output", out var output) && output.ValueKind == JsonValueKind.String)
        {
            WriteAs(json, item, "output", "content");
        }
        else
        {
            json.WriteString("content", output.ValueKind == JsonValueKind.Undefined ? "" : JoinedTexts(output) ?? output.GetRawText());
        }

        json.WriteEndObject();
    }

    /// <summary>A list of text parts as the one text that chat's tool message is; null where it is anything else.</summary>
    private static string? JoinedTexts(JsonElement output)
    {
        if (output.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var joined = new StringBuilder();
        foreach (var part in output.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            {
                return null;
            }

            joined.Append(text.GetString());
        }

        return joined.ToString();
    }

    private static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static void WriteAs(Utf8JsonWriter json, JsonElement item, string from, string to)
    {
        if (item.TryGetProperty(from, out var value))
        {
            json.WritePropertyName(to);
            value.WriteTo(json);
        }
    }

    private static void EndCalls(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
