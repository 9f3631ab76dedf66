using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>What two answers must have in common: framing, keys, JSON types, and every value that a client could rely on. What differs from run to run
/// (texts of the model, times, counts, ids, digests) is replaced by its type. Runs of equal lines become one.</summary>
internal static partial class AnswerShape
{
    private static readonly HashSet<string> AnyText =
    [
        "created_at", "expires_at", "modified_at", "response", "content", "text", "delta", "token", "id", "item_id", "request_id", "digest", "modelfile",
        "general.size_label", "partial_json", "completed_at", "parameter_size", "quantization_level", "type_of_tensor",
    ];

    private static readonly HashSet<string> AnyNumber =
    [
        "size", "size_vram", "created", "created_at", "completed_at", "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count",
        "eval_duration", "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens", "logprob", "sequence_number", "total", "completed",
    ];

    // Arrays of which only the first element's shape is compared.
    private static readonly HashSet<string> AnyLength = ["context", "embedding", "embeddings", "bytes", "tensors", "tokenizer.ggml.merges", "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"];

    /// <summary>One entry for each line or event, equal neighbours folded; a text that is no JSON is itself.</summary>
    public static IReadOnlyList<string> Of(string contentType, string body)
    {
        IEnumerable<string> parts = contentType.Split(';')[0] switch
        {
            "application/x-ndjson" => body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(OfJson).Append(body.EndsWith('\n') ? "(newline)" : "(no newline)"),
            "text/event-stream" => body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(OfEvent).Append(body.EndsWith("\n\n", StringComparison.Ordinal) ? "(blank line)" : "(no blank line)"),
            "application/json" when body.Length > 0 => [OfJson(body), body.EndsWith('\n') ? "(newline)" : "(no newline)"],
            _ => [body],
        };
        var folded = new List<string>();
        foreach (var part in parts)
        {
            if (folded.Count == 0 || folded[^1] != part)
            {
                folded.Add(part);
            }
        }

        return folded;
    }

    private static string OfEvent(string text) => string.Join('\n', text.Split('\n').Select(line =>
        line.StartsWith("data: {", StringComparison.Ordinal) ? "data: " + OfJson(line["data: ".Length..]) : line));

    private static string OfJson(string text)
    {
        using var document = JsonDocument.Parse(text);
        var shape = new StringBuilder();
        Write(shape, document.RootElement, "");
        return shape.ToString();
    }

    private static void Write(StringBuilder shape, JsonElement element, string key)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                shape.Append('{');
                foreach (var member in element.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    shape.Append('"').Append(member.Name).Append("\":");
                    Write(shape, member.Value, member.Name);
                    shape.Append(' ');
                }

                shape.Append('}');
                break;
            case JsonValueKind.Array:
                WriteArray(shape, element, key);
                break;
            case JsonValueKind.String:
                shape.Append(AnyText.Contains(key) || AnyLength.Contains(key) ? "string" : Steady(element.GetString()!));
                break;
            case JsonValueKind.Number when AnyNumber.Contains(key) || AnyLength.Contains(key) || key == "shape":
                shape.Append("number");
                break;
            case JsonValueKind.Number:
                shape.Append(element.GetDouble());
                break;
            default:
                shape.Append(element.GetRawText());
                break;
        }
    }

    private static void WriteArray(StringBuilder shape, JsonElement array, string key)
    {
        var elements = array.EnumerateArray();
        if (AnyLength.Contains(key))
        {
            shape.Append('[');
            foreach (var first in elements.Take(1))
            {
                Write(shape, first, key is "tensors" ? "type_of_tensor" : key);
            }

            shape.Append("...]");
            return;
        }

        var parts = elements.Select(e =>
        {
            var part = new StringBuilder();
            Write(part, e, key);
            return part.ToString();
        });
        // The order of models made within one second is chance.
        shape.Append('[').AppendJoin(", ", key is "data" or "models" ? parts.Order(StringComparer.Ordinal) : parts).Append(']');
    }

    private static string Steady(string text) => $"\"{Digests().Replace(text, "(digest)")}\"";

    [GeneratedRegex("sha256:[0-9a-f]{64}|(?<=^pulling )[0-9a-f]{12}$")]
    private static partial Regex Digests();
}
