using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Reads requests as Ollama's decoder does: keys in any case, the last of several wins, null is absent, wrong types are named.</summary>
internal static class GoJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1000 };

    /// <summary>The document.</summary>
    /// <exception cref="OllamaErrorException">400 in Go's words.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> body, string whenEmpty, bool early)
    {
        if (body.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw new OllamaErrorException(400, whenEmpty) { Early = early };
        }

        try
        {
            using var document = JsonDocument.Parse(body, Options);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new OllamaErrorException(400, GoSyntax.Describe(body.Span)) { Early = early };
        }
    }

    /// <summary>The member, or null where it is absent or null.</summary>
    public static JsonElement? Member(this JsonElement element, string name)
    {
        JsonElement? found = null;
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    found = property.Value;
                }
            }
        }

        return found is { ValueKind: not JsonValueKind.Null } ? found : null;
    }

    /// <summary>The text of a member, empty where absent.</summary>
    public static string Text(this JsonElement element, string name, string goType)
    {
        var member = element.Member(name);
        return member switch
        {
            null => "",
            { ValueKind: JsonValueKind.String } value => value.GetString() ?? "",
            { } value => throw WrongType(value, goType, name, "string"),
        };
    }

    /// <summary>A whole number; null where absent or no number.</summary>
    public static int? Number(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : null;

    public static bool? Flag(this JsonElement element, string name) =>
        element.Member(name) switch { { ValueKind: JsonValueKind.True } => true, { ValueKind: JsonValueKind.False } => false, _ => null };

    public static OllamaErrorException WrongType(JsonElement value, string goType, string name, string expected) =>
        new(400, $"json: cannot unmarshal {Kind(value)} into Go struct field {goType}.{name} of type {expected}") { Early = true };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => "number",
        JsonValueKind.String => "string",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        _ => "bool",
    };
}
