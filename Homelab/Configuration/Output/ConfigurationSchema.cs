using System.Text.Json;
using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Output;

/// <summary>The keys as a JSON Schema (draft 2020-12) for editors. It accepts everything that the loader accepts, and refuses unknown keys,
/// wrong types, unknown words and numbers out of range.</summary>
internal static class ConfigurationSchema
{
    private const string Reference = @"\$\{(env|file):";

    public static void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
        json.WriteString("title", "homelab.yaml");
        WriteSection(json, ConfigurationKeys.Root, nullable: true);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ConfigurationKey key)
    {
        json.WriteStartObject();
        json.WriteString("description", key.Doc + (key.Unset is { } unset ? $" Not set: {unset}." : "") + (key.Unused is { } unused ? $" No effect yet: {unused}." : ""));
        WriteDefault(json, key);
        switch (key.Kind)
        {
            case Kind.Section when key.Word is not null:
                json.WriteStartArray("anyOf");
                json.WriteStartObject();
                json.WriteString("const", key.Word);
                json.WriteEndObject();
                json.WriteStartObject();
                WriteSection(json, key, nullable: true);
                json.WriteEndObject();
                json.WriteEndArray();
                break;
            case Kind.Section:
                WriteSection(json, key, nullable: !key.Children.Any(c => c.Required));
                break;
            case Kind.SectionList:
                WriteTypes(json, ["array", "null"]);
                json.WriteStartObject("items");
                WriteSection(json, key, nullable: false);
                json.WriteEndObject();
                break;
            case Kind.TextMap:
                WriteTypes(json, ["object", "null"]);
                json.WriteStartObject("additionalProperties");
                WriteTypes(json, ["string", "number", "boolean"]);
                json.WriteEndObject();
                break;
            case Kind.TextList:
                WriteTextList(json, key);
                break;
            default:
                WriteScalar(json, key);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteSection(Utf8JsonWriter json, ConfigurationKey key, bool nullable)
    {
        WriteTypes(json, nullable ? ["object", "null"] : ["object"]);
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        foreach (var child in key.Children)
        {
            json.WritePropertyName(child.Name);
            Write(json, child);
        }

        json.WriteEndObject();
        if (key.Children.Any(c => c.Required))
        {
            json.WriteStartArray("required");
            foreach (var child in key.Children.Where(c => c.Required))
            {
                json.WriteStringValue(child.Name);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteTextList(Utf8JsonWriter json, ConfigurationKey key)
    {
        WriteTypes(json, key.OneOrMany ? ["array", "string", "null"] : ["array", "null"]);
        if (key.OneOrMany)
        {
            WritePattern(json, key);
        }

        json.WriteStartObject("items");
        WriteTypes(json, ["string", "number", "boolean"]);
        WritePattern(json, key);
        json.WriteEndObject();
    }

    private static void WriteScalar(Utf8JsonWriter json, ConfigurationKey key)
    {
        var canBeNothing = key.Default is null && !key.Required;
        if (key.Kind == Kind.Choice)
        {
            json.WriteStartArray("anyOf");
            json.WriteStartObject();
            json.WriteStartArray("enum");
            foreach (var choice in key.Choices)
            {
                json.WriteStringValue(choice);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartObject();
            WriteTypes(json, ["string"]);
            json.WriteString("pattern", Reference);
            json.WriteEndObject();
            json.WriteEndArray();
            return;
        }

        string[] types = key.Kind switch
        {
            Kind.Boolean => ["boolean", "string"],
            Kind.Integer => ["integer", "string"],
            Kind.Number => ["number", "string"],
            Kind.Duration => ["string", "integer"],
            Kind.Size => ["string", "number"],
            _ => ["string", "number", "boolean"],
        };
        WriteTypes(json, canBeNothing ? [.. types, "null"] : types);
        WritePattern(json, key);
        if (key.Kind is Kind.Integer or Kind.Number or Kind.Size)
        {
            WriteBound(json, "minimum", key.Kind == Kind.Size ? key.Minimum ?? 0 : key.Minimum);
            WriteBound(json, "maximum", key.Maximum);
        }
        else if (key.Kind == Kind.Duration)
        {
            // A duration has a unit, so that the one number is 0.
            WriteBound(json, "minimum", 0);
            WriteBound(json, "maximum", 0);
        }
    }

    /// <summary>Patterns hold for strings only, so that each also lets a reference through.</summary>
    private static void WritePattern(Utf8JsonWriter json, ConfigurationKey key)
    {
        var pattern = key.Kind switch
        {
            Kind.Boolean or Kind.Integer or Kind.Number => Reference,
            Kind.Duration => @"^\s*(0|([0-9.]+(ms|s|m|h|d))+)\s*$|" + Reference,
            Kind.Size => @"^\s*[0-9.]+\s*([KMGT]i?B|kB|B)?\s*$|" + Reference,
            _ when key.Format.Pattern is { } format => $"{format}|{Reference}",
            _ => null,
        };
        if (pattern is not null)
        {
            json.WriteString("pattern", pattern);
        }
    }

    private static void WriteBound(Utf8JsonWriter json, string name, double? bound)
    {
        if (bound is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteTypes(Utf8JsonWriter json, ReadOnlySpan<string> types)
    {
        if (types.Length == 1)
        {
            json.WriteString("type", types[0]);
            return;
        }

        json.WriteStartArray("type");
        foreach (var type in types)
        {
            json.WriteStringValue(type);
        }

        json.WriteEndArray();
    }

    private static void WriteDefault(Utf8JsonWriter json, ConfigurationKey key)
    {
        if (key.Default is null || key.Kind == Kind.Section || !YamlReader.TryRead(key.Default, "", out var node, out _))
        {
            return;
        }

        json.WritePropertyName("default");
        switch (node)
        {
            case YamlNode.Scalar scalar:
                ConfigurationJson.WriteValue(json, key, scalar);
                break;
            case YamlNode.Sequence list:
                json.WriteStartArray();
                foreach (var item in list.Items.OfType<YamlNode.Scalar>())
                {
                    ConfigurationJson.WriteValue(json, key, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStartObject();
                json.WriteEndObject();
                break;
        }
    }
}
