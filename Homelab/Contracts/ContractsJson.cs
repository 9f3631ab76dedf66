using System.Text.Json.Serialization;

namespace Homelab.Contracts;

/// <summary>The one JSON context of our own wire types: snake_case, nulls left out, unknown fields ignored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(ErrorWire))]
[JsonSerializable(typeof(StatusWire))]
[JsonSerializable(typeof(NodeWire))]
[JsonSerializable(typeof(IReadOnlyList<NodeWire>))]
[JsonSerializable(typeof(ModelWire))]
[JsonSerializable(typeof(IReadOnlyList<ModelWire>))]
[JsonSerializable(typeof(ModelCommandWire))]
[JsonSerializable(typeof(ModelCommandResultWire))]
[JsonSerializable(typeof(ProgressWire))]
[JsonSerializable(typeof(ExplainWire))]
[JsonSerializable(typeof(EventWire))]
[JsonSerializable(typeof(UsageWire))]
[JsonSerializable(typeof(IReadOnlyList<DeviceWire>))]
internal sealed partial class ContractsJson : JsonSerializerContext;
