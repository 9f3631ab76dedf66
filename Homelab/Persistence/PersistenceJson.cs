using System.Text.Json.Serialization;
using Homelab.Persistence.Cluster;

namespace Homelab.Persistence;

/// <summary>The documents whose form belongs to this folder; others bring their own <c>JsonTypeInfo</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(NodeIdentity))]
[JsonSerializable(typeof(StoredCredential))]
[JsonSerializable(typeof(StoredNode))]
[JsonSerializable(typeof(StoredMeasure))]
[JsonSerializable(typeof(StoredAlias))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long))]
internal sealed partial class PersistenceJson : JsonSerializerContext;
