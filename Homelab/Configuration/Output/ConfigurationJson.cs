using System.Globalization;
using System.Text.Json;
using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Output;

/// <summary>Writes a configuration as JSON, each value in the form that its key has.</summary>
internal static class ConfigurationJson
{
    public static void Write(Utf8JsonWriter json, YamlNode.Mapping effective) => Write(json, ConfigurationKeys.Root, effective);

    /// <summary>An object from every key to where its value came from.</summary>
    public static void WriteOrigins(Utf8JsonWriter json, YamlNode.Mapping effective)
    {
        json.WriteStartObject();
        WriteOrigins(json, ConfigurationKeys.Root, effective, "");
        json.WriteEndObject();
    }

    /// <summary>A value in the form that its key has; a reference stays text.</summary>
    public static void WriteValue(Utf8JsonWriter json, ConfigurationKey key, YamlNode.Scalar value)
    {
        switch (key.Kind)
        {
            case Kind.Text or Kind.TextList or Kind.TextMap when !value.IsNull:
                json.WriteStringValue(value.Text);
                break;
            case var _ when value.IsNull:
                json.WriteNullValue();
                break;
            case Kind.Boolean when !value.IsReference:
                json.WriteBooleanValue(value.Text == "true");
                break;
            case Kind.Integer when !value.IsReference:
                json.WriteNumberValue(long.Parse(value.Text, CultureInfo.InvariantCulture));
                break;
            case Kind.Number when !value.IsReference:
                json.WriteNumberValue(double.Parse(value.Text, CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(value.Text);
                break;
        }
    }

    private static void Write(Utf8JsonWriter json, ConfigurationKey key, YamlNode node)
    {
        switch (node)
        {
            case YamlNode.Mapping mapping:
                json.WriteStartObject();
                foreach (var entry in mapping.Entries)
                {
                    json.WritePropertyName(entry.Key);
                    Write(json, key.Child(entry.Key) ?? key, entry.Value);
                }

                json.WriteEndObject();
                break;
            case YamlNode.Sequence list:
                json.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(json, key, item);
                }

                json.WriteEndArray();
                break;
            case YamlNode.Scalar scalar:
                WriteValue(json, key, scalar);
                break;
        }
    }

    private static void WriteOrigins(Utf8JsonWriter json, ConfigurationKey key, YamlNode.Mapping mapping, string path)
    {
        foreach (var entry in mapping.Entries)
        {
            var entryPath = path.Length == 0 ? entry.Key : $"{path}.{entry.Key}";
            if (entry.Value is YamlNode.Mapping inner && key.Child(entry.Key) is { Kind: Kind.Section } section)
            {
                WriteOrigins(json, section, inner, entryPath);
            }
            else
            {
                json.WriteString(entryPath, YamlText.Origin(entry.Value.Position));
            }
        }
    }
}
