using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Reads <c>keep_alive</c> and <c>options</c> of a native request, with the errors that wrong values get.</summary>
internal static class RequestOptions
{
    private static readonly string[] Integers = ["num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "num_keep", "seed", "num_predict", "top_k", "repeat_last_n"];
    private static readonly string[] Floats = ["top_p", "min_p", "typical_p", "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty"];

    /// <summary>Null: not said. <see cref="TimeSpan.Zero"/>: unload after. <see cref="GoDuration.Forever"/>: any negative time.</summary>
    /// <exception cref="OllamaErrorException">400 in Go's words.</exception>
    public static TimeSpan? KeepAlive(JsonElement request) => request.Member("keep_alive") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number => GoDuration.FromSeconds(number.GetDouble()),
        { ValueKind: JsonValueKind.String } text => GoDuration.TryParse(text.GetString() ?? "", out var duration, out var error)
            ? duration
            : throw new OllamaErrorException(400, error),
        { ValueKind: JsonValueKind.True or JsonValueKind.False } => throw new OllamaErrorException(400, "Unsupported type: 'bool'"),
        { ValueKind: JsonValueKind.Array } => throw new OllamaErrorException(400, "Unsupported type: '[]interface {}'"),
        _ => throw new OllamaErrorException(400, "Unsupported type: 'map[string]interface {}'"),
    };

    /// <summary>The options that a load is fixed with.</summary>
    /// <exception cref="OllamaErrorException">An option has a wrong type.</exception>
    public static LoadOptions Load(JsonElement options)
    {
        Check(options);
        return new LoadOptions(
            options.Number("num_ctx"),
            options.Number("num_batch"),
            options.Number("num_gpu"),
            options.Number("main_gpu"),
            options.Number("num_thread"),
            options.Flag("use_mmap"));
    }

    public static ImmutableArray<string> Stops(JsonElement? stop) => stop switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString() ?? ""],
        { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Where(s => s.ValueKind == JsonValueKind.String).Select(s => s.GetString() ?? "")],
        _ => [],
    };

    /// <summary>Reads <c>format</c>: <c>"json"</c> or a schema.</summary>
    public static (AnswerFormat Format, JsonElement? Schema) Format(JsonElement request) => request.Member("format") switch
    {
        null => (AnswerFormat.Text, null),
        { ValueKind: JsonValueKind.String } text when text.GetString() is "json" or "" => (text.GetString() == "json" ? AnswerFormat.Json : AnswerFormat.Text, null),
        { ValueKind: JsonValueKind.Object } schema => (AnswerFormat.Schema, schema),
        { } other => throw new OllamaErrorException(500, $"invalid format: \"{other.GetRawText().Replace("\"", "\\\"", StringComparison.Ordinal)}\"; expected \"json\" or a valid JSON Schema object"),
    };

    private static void Check(JsonElement options)
    {
        if (options.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var option in options.EnumerateObject())
        {
            var wrong = option.Value.ValueKind switch
            {
                JsonValueKind.Null => null,
                not JsonValueKind.Number when Integers.Contains(option.Name) => "integer",
                not JsonValueKind.Number when Floats.Contains(option.Name) => "float32",
                not (JsonValueKind.True or JsonValueKind.False) when option.Name == "use_mmap" => "boolean",
                not JsonValueKind.Array when option.Name == "stop" => "array",
                _ => null,
            };
            if (wrong is not null)
            {
                throw new OllamaErrorException(500, $"option \"{option.Name}\" must be of type {wrong}");
            }
        }
    }
}
