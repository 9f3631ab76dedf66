using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Homelab.Configuration.Yaml;

namespace Homelab.Tests.Configuration;

/// <summary>Judges YAML by the part of JSON Schema (2020-12) that the schema uses, reading plain values as YAML 1.2 editors do.</summary>
internal static class SchemaCheck
{
    /// <summary>The first thing that the schema does not allow; null where it allows all.</summary>
    public static string? Refusal(JsonElement schema, YamlNode node, string path = "$")
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            var refusal = keyword.Name switch
            {
                "type" => Types(keyword.Value).Any(t => IsOfType(node, t)) ? null : $"{path}: type",
                "const" => node is YamlNode.Scalar s && s.Text == keyword.Value.GetString() ? null : $"{path}: const",
                "enum" => node is YamlNode.Scalar s && keyword.Value.EnumerateArray().Any(v => v.GetString() == s.Text) ? null : $"{path}: enum",
                "pattern" => node is YamlNode.Scalar s && IsOfType(s, "string") && !Regex.IsMatch(s.Text, keyword.Value.GetString()!) ? $"{path}: pattern" : null,
                "minimum" => Number(node) < keyword.Value.GetDouble() ? $"{path}: minimum" : null,
                "maximum" => Number(node) > keyword.Value.GetDouble() ? $"{path}: maximum" : null,
                "items" => node is YamlNode.Sequence list ? list.Items.Select((item, i) => Refusal(keyword.Value, item, $"{path}[{i}]")).FirstOrDefault(r => r is not null) : null,
                "required" => node is YamlNode.Mapping m ? keyword.Value.EnumerateArray().Select(v => v.GetString()!).Where(v => m[v] is null).Select(v => $"{path}: required {v}").FirstOrDefault() : null,
                "anyOf" => keyword.Value.EnumerateArray().Any(s => Refusal(s, node, path) is null) ? null : $"{path}: anyOf",
                "properties" => Properties(schema, node, path),
                "additionalProperties" or "$schema" or "title" or "description" or "default" => null,
                _ => throw new NotSupportedException(keyword.Name),
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return schema.TryGetProperty("properties", out _) ? null : Properties(schema, node, path);
    }

    private static string? Properties(JsonElement schema, YamlNode node, string path)
    {
        if (node is not YamlNode.Mapping mapping)
        {
            return null;
        }

        foreach (var entry in mapping.Entries)
        {
            var known = schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(entry.Key, out var child) ? child
                : schema.TryGetProperty("additionalProperties", out var other) ? other
                : default(JsonElement?);
            var refusal = known switch
            {
                null => null,
                { ValueKind: JsonValueKind.False } => $"{path}.{entry.Key}: additionalProperties",
                { } inner => Refusal(inner, entry.Value, $"{path}.{entry.Key}"),
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool IsOfType(YamlNode node, string type) => (type, node) switch
    {
        ("object", YamlNode.Mapping) or ("array", YamlNode.Sequence) => true,
        ("null", YamlNode.Scalar s) => s.IsNull,
        ("boolean", YamlNode.Scalar s) => IsBoolean(s),
        ("number", YamlNode.Scalar s) => Number(s) is not null,
        ("integer", YamlNode.Scalar s) => Number(s) is { } n && n == Math.Floor(n),
        ("string", YamlNode.Scalar s) => !s.IsNull && !IsBoolean(s) && Number(s) is null,
        _ => false,
    };

    private static bool IsBoolean(YamlNode.Scalar s) => s.Plain && s.Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    private static double? Number(YamlNode node) =>
        node is YamlNode.Scalar { Plain: true } s && Regex.IsMatch(s.Text, @"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")
            ? double.Parse(s.Text, CultureInfo.InvariantCulture)
            : null;
}
