using System.Text.Json.Serialization;

namespace Homelab.Contracts;

/// <summary>The one JSON context of our own wire types: snake_case, nulls left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorWire))]
internal sealed partial class ContractsJson : JsonSerializerContext;
