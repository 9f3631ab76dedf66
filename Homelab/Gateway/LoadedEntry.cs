using System.Buffers;
using System.Text.Json;

namespace Homelab.Gateway;

/// <summary>A replica of another machine as Ollama's <c>/api/ps</c> would list it: the engine's own words for the model, and what the node says of its memory.</summary>
internal static class LoadedEntry
{
    /// <summary>Clients show when a model would be unloaded; here that is the node's affair and may be at any time.</summary>
    private static readonly TimeSpan ShownLife = TimeSpan.FromMinutes(5);

    /// <param name="entry">The engine's entry of the model on disk; default where there is none.</param>
    /// <param name="model">Canonical name.</param>
    /// <param name="bytes">That it holds.</param>
    /// <param name="context">Tokens of context that it was loaded with; null where not known.</param>
    /// <param name="now">By the wall clock.</param>
    public static JsonElement Of(JsonElement entry, string model, long bytes, int? context, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, model);
            json.WriteString("model"u8, model);
            json.WriteNumber("size"u8, bytes);
            foreach (var name in (ReadOnlySpan<string>)["digest", "details"])
            {
                if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
            }

            json.WriteString("expires_at"u8, (now + ShownLife).UtcDateTime);
            json.WriteNumber("size_vram"u8, bytes);
            if (context is { } tokens)
            {
                json.WriteNumber("context_length"u8, tokens);
            }

            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
