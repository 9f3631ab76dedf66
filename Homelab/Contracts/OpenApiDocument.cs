using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Homelab.Contracts;

/// <summary>The control API in OpenAPI 3.1, made from the calls and wire types themselves, so that it cannot say anything else than they do.</summary>
internal static class OpenApiDocument
{
    private const string Json = "application/json";
    private const string Credential = "key";

    private static readonly JsonSchemaExporterOptions Export = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };

    /// <param name="title">The role that serves it.</param>
    /// <param name="version">The build that serves it.</param>
    /// <param name="operations">Its calls.</param>
    public static JsonObject Of(string title, string version, IReadOnlyList<ControlOperation> operations)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        foreach (var route in operations.GroupBy(o => o.Route))
        {
            paths[route.Key] = new JsonObject(route.Select(o => KeyValuePair.Create(o.Verb.ToLowerInvariant(), (JsonNode?)Operation(o, schemas))));
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = title, ["version"] = version, ["license"] = new JsonObject { ["name"] = "MIT" } },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    [Credential] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "One of daemon.api_keys. Callers on the same machine need none." },
                },
            },
        };
    }

    private static JsonObject Operation(ControlOperation operation, JsonObject schemas)
    {
        var content = new JsonObject();
        if (operation.Text)
        {
            content["text/plain"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
        }
        else if (operation.Stream?.MediaType != "text/event-stream")
        {
            content[Json] = Media(operation.Answer, schemas);
        }

        if (operation.Stream is { } stream)
        {
            content[stream.MediaType] = Media(stream.Item, schemas);
        }

        var result = new JsonObject
        {
            ["summary"] = operation.Summary + (operation.Admin ? " For admins." : ""),
            ["parameters"] = new JsonArray([.. Parameters(operation)]),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = "Done.", ["content"] = content },
                ["default"] = new JsonObject { ["description"] = "Why not, and what to do.", ["content"] = new JsonObject { [Json] = Media(ContractsJson.Default.ErrorWire, schemas) } },
            },
            ["security"] = new JsonArray(new JsonObject(), new JsonObject { [Credential] = new JsonArray() }),
        };
        if (operation.Body is { } body)
        {
            result["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { [Json] = Media(body, schemas) } };
        }

        return result;
    }

    private static IEnumerable<JsonNode> Parameters(ControlOperation operation)
    {
        foreach (var part in operation.Route.Split('/').Where(p => p.StartsWith('{')))
        {
            yield return new JsonObject { ["name"] = part.Trim('{', '}'), ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } };
        }

        foreach (var (name, required, meaning) in operation.Query)
        {
            yield return new JsonObject { ["name"] = name, ["in"] = "query", ["required"] = required, ["description"] = meaning, ["schema"] = new JsonObject { ["type"] = "string" } };
        }
    }

    private static JsonObject Media(JsonTypeInfo type, JsonObject schemas) => new() { ["schema"] = Reference(type, schemas) };

    /// <summary>Objects stand once, under their name without the suffix; lists stand where they are used.</summary>
    private static JsonObject Reference(JsonTypeInfo type, JsonObject schemas)
    {
        if (type.ElementType is { } element && ContractsJson.Default.GetTypeInfo(element) is { } item)
        {
            return new JsonObject { ["type"] = "array", ["items"] = Reference(item, schemas) };
        }

        const string suffix = "Wire";
        var name = type.Type.Name.EndsWith(suffix, StringComparison.Ordinal) ? type.Type.Name[..^suffix.Length] : type.Type.Name;
        if (!schemas.ContainsKey(name))
        {
            schemas[name] = type.GetJsonSchemaAsNode(Export);
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    /// <summary>What may be null is left out of our answers, so it is not required.</summary>
    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is JsonObject node && node["required"] is JsonArray required && node["properties"] is JsonObject properties)
        {
            node["required"] = new JsonArray([.. required.Select(r => r!.GetValue<string>()).Where(r => !MayBeNull(properties[r])).Select(r => (JsonNode)JsonValue.Create(r))]);
        }

        return schema;
    }

    private static bool MayBeNull(JsonNode? property) => property is JsonObject && property["type"] is JsonArray types && types.Any(t => t?.GetValue<string>() == "null");
}
