using System.Text.Json.Serialization;
using Homelab.Contracts;
using Homelab.Roles.Mcp.Tools;

namespace Homelab.Roles.Mcp;

/// <summary>JSON of what the tools and resources answer: as the control API writes it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(ClusterNodesAnswer))]
[JsonSerializable(typeof(ModelListAnswer))]
[JsonSerializable(typeof(ModelCommandResultWire))]
[JsonSerializable(typeof(NodeOllamaUrlAnswer))]
[JsonSerializable(typeof(InfraListAnswer))]
[JsonSerializable(typeof(InfraFileWire))]
[JsonSerializable(typeof(IReadOnlyList<EventWire>))]
[JsonSerializable(typeof(ExplainWire))]
internal sealed partial class McpJson : JsonSerializerContext;
