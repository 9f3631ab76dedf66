using System.Text.Json.Serialization;

namespace Homelab.Persistence;

/// <summary>The documents whose form belongs to this folder; others bring their own <c>JsonTypeInfo</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NodeIdentity))]
internal sealed partial class PersistenceJson : JsonSerializerContext;
