using System.Buffers;
using System.Text.Json;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Bodies;

/// <summary>Rewrites a Responses-shaped body (<c>input</c>, no <c>messages</c>), which Cursor sends to <c>/v1/chat/completions</c>, as the chat
/// completion that its sender waits for. What has no counterpart there is left out; what would change the answer's meaning is refused.</summary>
internal static class ResponsesTranslator
{
    /// <summary>Fields of the Responses API alone. <c>reasoning</c> is among them because Ollama answers 400 to an effort on a model that does not think.</summary>
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal)
    {
        "input", "messages", "instructions", "max_output_tokens", "tools", "tool_choice", "text", "reasoning", "include", "store", "previous_response_id", "truncation",
        "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "background", "conversation", "client_metadata", "max_tool_calls",
    };

    /// <param name="body">A body that <see cref="BodyScanner"/> let pass and that has no messages.</param>
    /// <returns>The new body, or why there is none.</returns>
    public static (byte[]? Body, GatewayError? Error) Translate(ReadOnlySequence<byte> body)
    {
        try
        {
            return Rewrite(body);
        }
        catch (InvalidOperationException)
        {
            // Reading a string that holds an escaped lone surrogate.
            return (null, GatewayErrors.InvalidJson("the body holds a string that is not valid Unicode"));
        }
    }

    private static (byte[]? Body, GatewayError? Error) Rewrite(ReadOnlySequence<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = BodyScanner.MaximumDepth });
        var root = document.RootElement;
        foreach (var stateful in (ReadOnlySpan<string>)["previous_response_id", "conversation"])
        {
            if (Says(root, stateful))
            {
                return (null, GatewayErrors.Invalid($"{stateful} is not supported: no conversation is kept here, send it whole", stateful));
            }
        }

        var buffer = new ArrayBufferWriter<byte>((int)Math.Min(body.Length + 256, 1 << 20));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var property in root.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.Null && !LeftOut.Contains(property.Name))
                {
                    property.WriteTo(json);
                }
            }

            if (root.TryGetProperty("max_output_tokens", out var maximum) && maximum.ValueKind == JsonValueKind.Number && !Says(root, "max_tokens"))
            {
                json.WritePropertyName("max_tokens");
                maximum.WriteTo(json);
            }

            WriteFormat(json, root);
            WriteTools(json, root);
            if (WriteMessages(json, root) is { } error)
            {
                return (null, error);
            }

            json.WriteEndObject();
        }

        return (buffer.WrittenSpan.ToArray(), null);
    }

    private static GatewayError? WriteMessages(Utf8JsonWriter json, JsonElement root)
    {
        json.WriteStartArray("messages");
        if (root.TryGetProperty("instructions", out var instructions) && instructions.ValueKind == JsonValueKind.String)
        {
            json.WriteStartObject();
            json.WriteString("role", "system");
            json.WritePropertyName("content");
            instructions.WriteTo(json);
            json.WriteEndObject();
        }

        var input = root.GetProperty("input");
        if (input.ValueKind == JsonValueKind.String)
        {
            json.WriteStartObject();
            json.WriteString("role", "user");
            json.WritePropertyName("content");
            input.WriteTo(json);
            json.WriteEndObject();
        }
        else if (input.ValueKind != JsonValueKind.Array || !ResponsesItems.TryWrite(json, input))
        {
            return GatewayErrors.Invalid("input must be a string or a list of messages, function calls and their outputs, with text or images as content", "input");
        }

        json.WriteEndArray();
        return null;
    }

    /// <summary>Whether the field is there; a null says nothing.</summary>
    private static bool Says(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary><c>text.format</c> is chat's <c>response_format</c>, flattened.</summary>
    private static void WriteFormat(Utf8JsonWriter json, JsonElement root)
    {
        if (!root.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.Object || !text.TryGetProperty("format", out var format)
            || format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type) || Says(root, "response_format"))
        {
            return;
        }

        json.WriteStartObject("response_format");
        json.WritePropertyName("type");
        type.WriteTo(json);
        if (type.ValueEquals("json_schema"))
        {
            json.WriteStartObject("json_schema");
            WriteAllBut(json, format, "type");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Function tools are nested one level deeper in chat; tools of other kinds run on OpenAI's servers and have no counterpart.</summary>
    private static void WriteTools(Utf8JsonWriter json, JsonElement root)
    {
        if (root.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray("tools");
            foreach (var tool in tools.EnumerateArray())
            {
                if (tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("type", out var type) && type.ValueEquals("function"))
                {
                    WriteFunction(json, tool);
                }
            }

            json.WriteEndArray();
        }

        if (root.TryGetProperty("tool_choice", out var choice) && choice.ValueKind is JsonValueKind.String or JsonValueKind.Object)
        {
            json.WritePropertyName("tool_choice");
            if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("name", out _))
            {
                WriteFunction(json, choice);
            }
            else
            {
                choice.WriteTo(json);
            }
        }
    }

    private static void WriteFunction(Utf8JsonWriter json, JsonElement flat)
    {
        if (flat.TryGetProperty("function", out _))
        {
            flat.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        WriteAllBut(json, flat, "type");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAllBut(Utf8JsonWriter json, JsonElement from, string name)
    {
        foreach (var property in from.EnumerateObject())
        {
            if (!property.NameEquals(name))
            {
                property.WriteTo(json);
            }
        }
    }
}
