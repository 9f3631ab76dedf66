using System.Buffers;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>A replica of the cluster as Ollama's <c>/api/ps</c> would list it: the engine's own words for the model, and what the node says of its memory.</summary>
internal static class LoadedEntry
{
    /// <summary>Clients show when a model would be unloaded; here that is the node's affair and may be at any time.</summary>
    private static readonly TimeSpan ShownLife = TimeSpan.FromMinutes(5);

    public static JsonElement Of(JsonElement entry, NodeReplica replica, ModelName model, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, model.Value);
            json.WriteString("model"u8, model.Value);
            json.WriteNumber("size"u8, replica.Bytes.Bytes);
            foreach (var name in (ReadOnlySpan<string>)["digest", "details"])
            {
                if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
            }

            json.WriteString("expires_at"u8, (now + ShownLife).UtcDateTime);
            json.WriteNumber("size_vram"u8, replica.Bytes.Bytes);
            if (replica.Context is { } context)
            {
                json.WriteNumber("context_length"u8, context);
            }

            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
