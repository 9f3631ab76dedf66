using System.Text.Json.Serialization;

namespace Homelab.Engines.Ollama;

/// <summary>Source-generated JSON for Ollama's wire types.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OllamaWire.ServerVersion))]
[JsonSerializable(typeof(OllamaWire.ModelList))]
[JsonSerializable(typeof(OllamaWire.Tag))]
[JsonSerializable(typeof(OllamaWire.Running))]
[JsonSerializable(typeof(OllamaWire.ModelReference))]
[JsonSerializable(typeof(OllamaWire.Generate))]
[JsonSerializable(typeof(OllamaWire.Embed))]
[JsonSerializable(typeof(OllamaWire.Loaded))]
[JsonSerializable(typeof(OllamaWire.Pull))]
[JsonSerializable(typeof(OllamaWire.Progress))]
[JsonSerializable(typeof(OllamaWire.Create))]
[JsonSerializable(typeof(OllamaWire.Created))]
[JsonSerializable(typeof(OllamaWire.Failure))]
internal sealed partial class OllamaJson : JsonSerializerContext;
