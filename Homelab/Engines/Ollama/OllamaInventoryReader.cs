using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines.Ollama;

/// <summary>Turns the lists of <c>/api/tags</c> and <c>/api/ps</c> into an <see cref="EngineInventory"/>: names made canonical, cloud models left out,
/// derived models hidden and shown as what they derive from. An entry that is no model is skipped: one bad entry must not hide the others.</summary>
internal static class OllamaInventoryReader
{
    public static EngineInventory Read(string version, IEnumerable<JsonElement> tags, IEnumerable<JsonElement> running, bool allowCloud)
    {
        var installed = ImmutableArray.CreateBuilder<InstalledModel>();
        var entries = ImmutableDictionary.CreateBuilder<ModelName, JsonElement>();
        foreach (var tag in Installed(tags))
        {
            if ((tag.IsCloud && !allowCloud) || DerivedModelName.IsDerived(tag.Name) || entries.ContainsKey(tag.Name))
            {
                continue;
            }

            entries.Add(tag.Name, tag.Entry);
            installed.Add(new InstalledModel(tag.Name, tag.Digest, tag.Size, tag.Capabilities));
        }

        var loaded = ImmutableArray.CreateBuilder<LoadedModelEntry>();
        var loadedEntries = ImmutableDictionary.CreateBuilder<ModelName, JsonElement>();
        foreach (var entry in running)
        {
            if (!TryRead(entry, OllamaJson.Default.Running, out var model) || !ModelName.TryParse(model.Name ?? model.Model, out var name))
            {
                continue;
            }

            var engineName = name;
            var digest = model.Digest;
            if (DerivedModelName.TryRead(name, entries.Keys, out var origin, out var shortDigest))
            {
                name = origin;
                digest = shortDigest;
            }

            var total = Math.Max(0, model.Size);
            loaded.Add(new LoadedModelEntry(
                name,
                engineName.Value,
                new ByteSize(total),
                new ByteSize(Math.Clamp(model.SizeVram, 0, total)),
                (int)Math.Clamp(model.ContextLength, 0, int.MaxValue),
                model.ExpiresAt ?? default)
            {
                IsOutdated = OnDisk(name) is { Length: > 0 } current && !string.IsNullOrEmpty(digest) && !IsSame(current, digest),
            });
            loadedEntries[name] = name == engineName ? entry : Renamed(entry, name, OnDisk(name) ?? model.Digest);
        }

        return new EngineInventory(OllamaErrors.Clean(version), installed.ToImmutable(), loaded.ToImmutable(), entries.ToImmutable(), loadedEntries.ToImmutable());

        string? OnDisk(ModelName name) => installed.FirstOrDefault(i => i.Name == name)?.Digest;
    }

    /// <summary>All entries of <c>/api/tags</c> that are models, derived ones and cloud ones included.</summary>
    public static IEnumerable<OllamaTag> Installed(IEnumerable<JsonElement> tags)
    {
        foreach (var entry in tags)
        {
            if (TryRead(entry, OllamaJson.Default.Tag, out var tag) && ModelName.TryParse(tag.Name ?? tag.Model, out var name))
            {
                yield return new OllamaTag(
                    name,
                    tag.Digest ?? "",
                    new ByteSize(Math.Max(0, tag.Size)),
                    [.. tag.Capabilities ?? []],
                    IsCloud(tag, name),
                    entry);
            }
        }
    }

    // Ollama treats these suffixes as a request for its cloud, whatever else the entry says.
    private static bool IsCloud(OllamaWire.Tag tag, ModelName name) =>
        !string.IsNullOrEmpty(tag.RemoteHost) || !string.IsNullOrEmpty(tag.RemoteModel)
        || name.Value.EndsWith(":cloud", StringComparison.Ordinal) || name.Value.EndsWith("-cloud", StringComparison.Ordinal);

    // A derived name holds the beginning of the digest; the lists spell it without its kind.
    private static bool IsSame(string current, string digest) =>
        current.Replace("sha256:", "", StringComparison.Ordinal).StartsWith(digest.Replace("sha256:", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    private static bool TryRead<T>(JsonElement entry, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, out T value)
        where T : class
    {
        try
        {
            value = entry.ValueKind == JsonValueKind.Object ? entry.Deserialize(type)! : null!;
            return value is not null;
        }
        catch (JsonException)
        {
            value = null!;
            return false;
        }
    }

    private static JsonElement Renamed(JsonElement entry, ModelName name, string? digest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in entry.EnumerateObject())
            {
                if (property.NameEquals("name") || property.NameEquals("model"))
                {
                    writer.WriteString(property.Name, name.Value);
                }
                else if (property.NameEquals("digest"))
                {
                    writer.WriteString(property.Name, digest);
                }
                else
                {
                    property.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
