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
[JsonSerializable(typeof(FitWire))]
[JsonSerializable(typeof(EventWire))]
[JsonSerializable(typeof(UsageWire))]
[JsonSerializable(typeof(IReadOnlyList<DeviceWire>))]
[JsonSerializable(typeof(HeartbeatWire))]
[JsonSerializable(typeof(HeartbeatAckWire))]
[JsonSerializable(typeof(IReadOnlyList<InventoryModelWire>))]
[JsonSerializable(typeof(JoinWire))]
[JsonSerializable(typeof(JoinedWire))]
[JsonSerializable(typeof(JoinTokenRequestWire))]
[JsonSerializable(typeof(JoinTokenWire))]
[JsonSerializable(typeof(IReadOnlyList<KeyWire>))]
[JsonSerializable(typeof(KeyWire))]
[JsonSerializable(typeof(IReadOnlyList<AliasWire>))]
[JsonSerializable(typeof(AliasWire))]
[JsonSerializable(typeof(AliasRequestWire))]
[JsonSerializable(typeof(KeyRequestWire))]
[JsonSerializable(typeof(KeyMadeWire))]
[JsonSerializable(typeof(IReadOnlyList<AppWire>))]
[JsonSerializable(typeof(IReadOnlyList<InfraNodeWire>))]
[JsonSerializable(typeof(InfraListWire))]
[JsonSerializable(typeof(InfraFileWire))]
internal sealed partial class ContractsJson : JsonSerializerContext;
