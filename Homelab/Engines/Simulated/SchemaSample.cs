using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Writes the simplest JSON value that a schema allows: required members only, first of an enumeration.</summary>
internal static class SchemaSample
{
    private const int DeepestNesting = 16;

    /// <summary>An object; empty without a schema.</summary>
    public static string Write(JsonElement? schema)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (schema is { } given)
            {
                Write(writer, given, 0);
            }
            else
            {
                writer.WriteStartObject();
                writer.WriteEndObject();
            }
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        if (schema.Member("enum") is { ValueKind: JsonValueKind.Array } allowed && allowed.GetArrayLength() > 0)
        {
            allowed[0].WriteTo(writer);
            return;
        }

        if (schema.Member("const") is { } constant)
        {
            constant.WriteTo(writer);
            return;
        }

        switch (depth > DeepestNesting ? "null" : TypeOf(schema))
        {
            case "string":
                writer.WriteStringValue("simulated");
                break;
            case "integer" or "number":
                writer.WriteNumberValue(1);
                break;
            case "boolean":
                writer.WriteBooleanValue(true);
                break;
            case "array":
                writer.WriteStartArray();
                writer.WriteEndArray();
                break;
            case "null":
                writer.WriteNullValue();
                break;
            default:
                WriteObject(writer, schema, depth);
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        writer.WriteStartObject();
        if (schema.Member("required") is { ValueKind: JsonValueKind.Array } required && schema.Member("properties") is { ValueKind: JsonValueKind.Object } properties)
        {
            foreach (var name in required.EnumerateArray())
            {
                if (name.ValueKind == JsonValueKind.String && properties.TryGetProperty(name.GetString() ?? "", out var property))
                {
                    writer.WritePropertyName(name.GetString() ?? "");
                    Write(writer, property, depth + 1);
                }
            }
        }

        writer.WriteEndObject();
    }

    private static string TypeOf(JsonElement schema) => schema.Member("type") switch
    {
        { ValueKind: JsonValueKind.String } type => type.GetString() ?? "object",
        { ValueKind: JsonValueKind.Array } types when types.GetArrayLength() > 0 && types[0].ValueKind == JsonValueKind.String => types[0].GetString() ?? "object",
        _ => "object",
    };
}
